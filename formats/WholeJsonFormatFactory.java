package trunkline.formats;

import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.RowType;

/** The format {@code whole-json}: JSON objects, of which nothing is lost. */
public final class WholeJsonFormatFactory implements DeserializationFormatFactory {

    static final ConfigOption<List<String>> ANY_TYPE =
            ConfigOptions.key("any-type")
                    .stringType()
                    .asList()
                    .defaultValues()
                    .withDescription("Dotted paths of STRING fields that take any JSON value as its text.");

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
        return Set.of(WholeFormat.MAX_BYTES, ANY_TYPE);
    }

    @Override
    public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        FactoryUtil.validateFactoryOptions(this, options);
        Set<String> anyType = Set.copyOf(options.get(ANY_TYPE));
        return new WholeFormat(
                options.get(WholeFormat.MAX_BYTES),
                (tableContext, columns) -> new JsonDecoder((RowType) columns.getLogicalType(), anyType));
    }
}
