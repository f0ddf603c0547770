package trunkline.formats;

import java.io.IOException;
import java.util.Set;
import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.StreamReadConstraints;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.exc.StreamConstraintsException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.io.JsonEOFException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.types.logical.RowType;

/** JSON objects, read strictly. */
final class JsonDecoder implements RecordDecoder {

    private static final long serialVersionUID = 1L;
    private static final int MAX_DEPTH = 1000;

    /** Strict JSON in UTF-8, whatever the first bytes look like. Of Jackson's limits only the depth: max-bytes bounds the others. */
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .disable(JsonFactory.Feature.CHARSET_DETECTION)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(MAX_DEPTH)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .maxNumberLength(Integer.MAX_VALUE)
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .build())
                    .build();

    private final RowType declared;
    private final Set<String> anyType;

    private transient RecordReader reader;
    private transient Utf8 utf8;

    /** @param anyType the dotted paths of STRING fields that take any JSON value as its text */
    JsonDecoder(RowType declared, Set<String> anyType) {
        this.declared = declared;
        this.anyType = anyType;
        new RecordReader(declared, anyType); // refuses what it cannot decode now, not in the running job
    }

    @Override
    public void open(InitializationContext context) {
        reader = new RecordReader(declared, anyType);
        utf8 = new Utf8();
    }

    @Override
    public String decode(byte[] record, GenericRowData row) throws MalformedRecordException {
        try {
            return read(record, row);
        } catch (IOException malformed) {
            throw new MalformedRecordException(sentence(malformed, record));
        }
    }

    private String read(byte[] record, GenericRowData row) throws IOException {
        int invalid = utf8.firstInvalid(record);
        if (invalid >= 0) {
            throw new MalformedRecordException("not UTF-8 at offset " + invalid);
        }
        try (JsonParser json = JSON.createParser(record)) {
            JsonToken first = json.nextToken();
            if (first == null) {
                throw new MalformedRecordException("the record is empty");
            }
            if (first != JsonToken.START_OBJECT) {
                int start = (int) json.currentTokenLocation().getByteOffset();
                throw new MalformedRecordException("the record is not a JSON object: " + Snippet.of(record, start));
            }
            String wrongType = reader.read(json, record, row);
            int rest = skipBlanks(record, (int) json.currentLocation().getByteOffset());
            if (rest < record.length) {
                throw new MalformedRecordException("text after the object: " + Snippet.of(record, rest));
            }
            return wrongType;
        }
    }

    /** The offset of the first byte that is no JSON white space. */
    private static int skipBlanks(byte[] record, int from) {
        int offset = from;
        while (offset < record.length && JsonNumber.isBlank(record[offset])) {
            offset++;
        }
        return offset;
    }

    private static String sentence(IOException malformed, byte[] record) {
        if (malformed instanceof JsonEOFException) {
            return "the JSON ends before it is complete";
        }
        if (malformed instanceof StreamConstraintsException) {
            return "nested deeper than " + MAX_DEPTH + " levels";
        }
        if (malformed instanceof JsonProcessingException syntax) {
            int offset = (int) syntax.getLocation().getByteOffset();
            return "not JSON near offset " + offset + ": " + Snippet.around(record, offset);
        }
        return malformed.getMessage();
    }
}
