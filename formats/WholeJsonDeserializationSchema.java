package trunkline.formats;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.StreamReadConstraints;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.exc.StreamConstraintsException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.io.JsonEOFException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.RowType;

/** One record to one row: the declared columns, then the metadata that the table asks for. Never fails on a record. */
final class WholeJsonDeserializationSchema implements DeserializationSchema<RowData> {

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
    private final long maxBytes;
    private final WholeJsonFormatFactory.Metadata[] metadata;
    private final TypeInformation<RowData> producedType;

    private transient RecordReader reader;
    private transient Utf8 utf8;

    WholeJsonDeserializationSchema(
            RowType declared,
            Set<String> anyType,
            long maxBytes,
            List<WholeJsonFormatFactory.Metadata> metadata,
            TypeInformation<RowData> producedType) {
        this.declared = declared;
        this.anyType = anyType;
        this.maxBytes = maxBytes;
        this.metadata = metadata.toArray(WholeJsonFormatFactory.Metadata[]::new);
        this.producedType = producedType;
    }

    @Override
    public void open(InitializationContext context) {
        reader = new RecordReader(declared, anyType);
        utf8 = new Utf8();
    }

    /** @param record the value of a Kafka record, null for a tombstone */
    @Override
    public RowData deserialize(byte[] record) {
        GenericRowData row = newRow();
        String error;
        try {
            error = decode(record, row);
        } catch (IOException malformed) {
            row = newRow();
            error = "malformed_record: " + sentence(malformed, record);
        }
        for (int i = 0; i < metadata.length; i++) {
            Object value = switch (metadata[i]) {
                case BYTES -> record;
                case ERROR -> StringData.fromString(error);
            };
            row.setField(declared.getFieldCount() + i, value);
        }
        return row;
    }

    private GenericRowData newRow() {
        return new GenericRowData(declared.getFieldCount() + metadata.length);
    }

    /** Fills the row and returns its wrong_type error, null if there is none. */
    private String decode(byte[] record, GenericRowData row) throws IOException {
        if (record == null) {
            throw new MalformedRecordException("the record has no value (a tombstone)");
        }
        if (record.length > maxBytes) {
            throw new MalformedRecordException(
                    "the record has " + record.length + " bytes, more than the " + maxBytes + " that max-bytes allows");
        }
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

    @Override
    public boolean isEndOfStream(RowData row) {
        return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return producedType;
    }
}
