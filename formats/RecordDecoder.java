package trunkline.formats;

import java.io.IOException;
import java.io.Serializable;
import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.table.data.GenericRowData;

/** Reads the declared columns of a record. */
interface RecordDecoder extends Serializable {

    void open(InitializationContext context) throws Exception;

    /**
     * Fills the row's first fields.
     *
     * @return {@code wrong_type: } and a sentence if some columns could not be read, null if all could
     * @throws MalformedRecordException if no column can be read
     * @throws IOException for what is not the record's fault: the job fails and tries again
     */
    String decode(byte[] record, GenericRowData row) throws IOException;
}
