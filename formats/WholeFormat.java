package trunkline.formats;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Every record becomes exactly one row; what did not decode is NULL, and the metadata {@code error} says why. Not
 * projectable, on purpose: whether a record is in error must not depend on the columns that a query reads.
 */
final class WholeFormat implements DecodingFormat<DeserializationSchema<RowData>> {

    static final ConfigOption<MemorySize> MAX_BYTES =
            ConfigOptions.key("max-bytes")
                    .memoryType()
                    .defaultValue(MemorySize.ofMebiBytes(1))
                    .withDescription("A longer record is malformed.");

    private final long maxBytes;
    private final BiFunction<DynamicTableSource.Context, DataType, RecordDecoder> decoderOf;
    private List<Metadata> metadata = List.of();

    /** @param decoderOf makes the decoder of the columns, and refuses columns that it can't decode */
    WholeFormat(MemorySize maxBytes, BiFunction<DynamicTableSource.Context, DataType, RecordDecoder> decoderOf) {
        this.maxBytes = maxBytes.getBytes();
        this.decoderOf = decoderOf;
    }

    @Override
    public Map<String, DataType> listReadableMetadata() {
        Map<String, DataType> types = new LinkedHashMap<>();
        for (Metadata each : Metadata.values()) {
            types.put(each.key(), each.type);
        }
        return types;
    }

    @Override
    public void applyReadableMetadata(List<String> keys) {
        metadata = keys.stream().map(Metadata::of).toList();
    }

    @Override
    public ChangelogMode getChangelogMode() {
        return ChangelogMode.insertOnly();
    }

    @Override
    public DeserializationSchema<RowData> createRuntimeDecoder(DynamicTableSource.Context context, DataType columns) {
        RowType declared = (RowType) columns.getLogicalType();
        declared.getFields().forEach(field -> refuseNotNull(field.getType(), field.getName()));
        DataType produced = DataTypes.ROW(
                Stream.concat(
                                DataType.getFields(columns).stream(),
                                metadata.stream().map(each -> DataTypes.FIELD("$" + each.key(), each.type)))
                        .toList());
        return new WholeDeserializationSchema(
                decoderOf.apply(context, columns),
                declared.getFieldCount(),
                maxBytes,
                metadata,
                context.createTypeInformation(produced));
    }

    private static void refuseNotNull(LogicalType type, String path) {
        if (!type.isNullable()) {
            throw new ValidationException(path + " is declared NOT NULL, but a record that does not decode leaves it NULL.");
        }
        if (type instanceof RowType row) {
            row.getFields().forEach(field -> refuseNotNull(field.getType(), path + "." + field.getName()));
        } else {
            type.getChildren().forEach(child -> refuseNotNull(child, path + "[]"));
        }
    }
}
