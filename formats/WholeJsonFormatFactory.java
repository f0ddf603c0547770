package trunkline.formats;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/**
 * The format {@code whole-json}: JSON objects, of which nothing is lost. Every record becomes exactly one row; what did
 * not decode is NULL, and the metadata {@code error} says why.
 */
public final class WholeJsonFormatFactory implements DeserializationFormatFactory {

    static final ConfigOption<MemorySize> MAX_BYTES =
            ConfigOptions.key("max-bytes")
                    .memoryType()
                    .defaultValue(MemorySize.ofMebiBytes(1))
                    .withDescription("A longer record is malformed.");

    static final ConfigOption<List<String>> ANY_TYPE =
            ConfigOptions.key("any-type")
                    .stringType()
                    .asList()
                    .defaultValues()
                    .withDescription("Dotted paths of STRING fields that take any JSON value as its text.");

    /** What a record is besides its columns. */
    enum Metadata {
        BYTES(DataTypes.BYTES()),
        ERROR(DataTypes.STRING());

        final DataType type;

        Metadata(DataType type) {
            this.type = type.nullable();
        }

        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public String factoryIdentifier() {
        return "whole-json";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(MAX_BYTES, ANY_TYPE);
    }

    @Override
    public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        FactoryUtil.validateFactoryOptions(this, options);
        return new WholeJsonFormat(options.get(MAX_BYTES).getBytes(), Set.copyOf(options.get(ANY_TYPE)));
    }

    /** Not projectable, on purpose: whether a record is in error must not depend on the columns that a query reads. */
    private static final class WholeJsonFormat implements DecodingFormat<DeserializationSchema<RowData>> {

        private final long maxBytes;
        private final Set<String> anyType;
        private List<Metadata> metadata = List.of();

        WholeJsonFormat(long maxBytes, Set<String> anyType) {
            this.maxBytes = maxBytes;
            this.anyType = anyType;
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
            metadata = keys.stream().map(key -> Metadata.valueOf(key.toUpperCase(Locale.ROOT))).toList();
        }

        @Override
        public ChangelogMode getChangelogMode() {
            return ChangelogMode.insertOnly();
        }

        @Override
        public DeserializationSchema<RowData> createRuntimeDecoder(
                DynamicTableSource.Context context, DataType columns) {
            RowType declared = (RowType) columns.getLogicalType();
            new RecordReader(declared, anyType); // refuses what it cannot decode now, not in the running job
            DataType produced = DataTypes.ROW(
                    Stream.concat(
                                    DataType.getFields(columns).stream(),
                                    metadata.stream().map(each -> DataTypes.FIELD("$" + each.key(), each.type)))
                            .toList());
            return new WholeJsonDeserializationSchema(
                    declared, anyType, maxBytes, metadata, context.createTypeInformation(produced));
        }
    }
}
