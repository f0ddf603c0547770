package trunkline.formats;

import java.io.IOException;

/** Why no column of a record can be read: a sentence for a person. */
final class MalformedRecordException extends IOException {

    private static final long serialVersionUID = 1L;

    MalformedRecordException(String sentence) {
        super(sentence);
    }

    /** Bad records may come in any number, and where the code threw this helps nobody. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
