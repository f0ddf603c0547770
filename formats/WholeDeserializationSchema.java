package trunkline.formats;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;

/** One record to one row: the declared columns, then the metadata that the table asks for. Never fails because of a record. */
final class WholeDeserializationSchema implements DeserializationSchema<RowData> {

    private static final long serialVersionUID = 1L;

    private final RecordDecoder decoder;
    private final int columns;
    private final long maxBytes;
    private final Metadata[] metadata;
    private final TypeInformation<RowData> producedType;

    WholeDeserializationSchema(
            RecordDecoder decoder, int columns, long maxBytes, List<Metadata> metadata, TypeInformation<RowData> producedType) {
        this.decoder = decoder;
        this.columns = columns;
        this.maxBytes = maxBytes;
        this.metadata = metadata.toArray(Metadata[]::new);
        this.producedType = producedType;
    }

    @Override
    public void open(InitializationContext context) throws Exception {
        decoder.open(context);
    }

    /** @param record the value of a Kafka record, null for a tombstone */
    @Override
    public RowData deserialize(byte[] record) throws IOException {
        GenericRowData row = newRow();
        String error;
        try {
            refuseUnreadable(record);
            error = decoder.decode(record, row);
        } catch (MalformedRecordException malformed) {
            row = newRow();
            error = "malformed_record: " + malformed.getMessage();
        }
        for (int i = 0; i < metadata.length; i++) {
            Object value = switch (metadata[i]) {
                case BYTES -> record;
                case ERROR -> StringData.fromString(error);
            };
            row.setField(columns + i, value);
        }
        return row;
    }

    private GenericRowData newRow() {
        return new GenericRowData(columns + metadata.length);
    }

    private void refuseUnreadable(byte[] record) throws MalformedRecordException {
        if (record == null) {
            throw new MalformedRecordException("the record has no value (a tombstone)");
        }
        if (record.length == 0) {
            throw new MalformedRecordException("the record is empty");
        }
        if (record.length > maxBytes) {
            throw new MalformedRecordException(
                    "the record has " + record.length + " bytes, more than the " + maxBytes + " that max-bytes allows");
        }
    }

    @Override
    public boolean isEndOfStream(RowData row) {
        return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return producedType;
    }
}
