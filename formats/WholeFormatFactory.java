package trunkline.formats;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.formats.avro.AvroFormatFactory;
import org.apache.flink.formats.avro.registry.confluent.RegistryAvroFormatFactory;
import org.apache.flink.formats.csv.CsvFormatFactory;
import org.apache.flink.formats.csv.CsvFormatOptions;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.Factory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.factories.FactoryUtil.FactoryHelper;
import org.apache.flink.table.types.DataType;

/**
 * The format {@code whole}: any format of Flink that makes rows, of which nothing is lost. {@code 'whole.format' = 'csv'}
 * names it, {@code 'whole.csv.field-delimiter' = ';'} is an option of it.
 */
public final class WholeFormatFactory implements DeserializationFormatFactory {

    private static final ConfigOption<String> FORMAT =
            ConfigOptions.key("format").stringType().noDefaultValue().withDescription("The format that reads the records.");

    private static final String LENIENT = "ignore-parse-errors";
    private static final String DEMANDING = "fail-on-missing-field"; // json refuses it beside the one above

    @Override
    public String factoryIdentifier() {
        return "whole";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(FORMAT);
    }

    /** Flink asks before the format is known, so all formats' options are taken; those of the right one are checked later. */
    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        Set<ConfigOption<?>> options = new HashSet<>(Set.of(WholeFormat.MAX_BYTES));
        formats().map(WholeFormatFactory::optionsOf).forEach(options::add);
        return options;
    }

    @Override
    public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        FactoryUtil.validateFactoryOptions(this, options);
        String name = options.get(FORMAT);
        DeserializationFormatFactory factory = FactoryUtil.discoverFactory(loader(), DeserializationFormatFactory.class, name);
        formats().filter(other -> !other.equals(name) && options.getOptional(optionsOf(other)).isPresent()).forEach(other -> {
            throw new ValidationException("The format is " + name + ", but there are options of " + other + "; remove them.");
        });
        try {
            return new WholeFormat(
                    options.get(WholeFormat.MAX_BYTES), wrap(context, factory, options.getOptional(optionsOf(name)).orElse(Map.of())));
        } catch (ValidationException refused) { // told as Flink itself tells it of a table's format
            String message = String.format("Error creating scan format '%s' in option space '%s.'.", name, name);
            throw new ValidationException(message, refused);
        }
    }

    private static BiFunction<DynamicTableSource.Context, DataType, RecordDecoder> wrap(
            DynamicTableFactory.Context context, DeserializationFormatFactory factory, Map<String, String> given) {
        new FactoryHelper<>(factory, given).validate();
        refuse(factory, given);
        Configuration options = Configuration.fromMap(given);
        DecodingFormat<DeserializationSchema<RowData>> strict = factory.createDecodingFormat(context, options);
        if (!strict.getChangelogMode().equals(ChangelogMode.insertOnly())) {
            throw new ValidationException(
                    factory.factoryIdentifier() + " makes changes of a record, but whole makes one row; declare the fields of the"
                            + " record itself, such as before, after and op.");
        }
        if (factory instanceof RegistryAvroFormatFactory) {
            return (tableContext, columns) -> ConfluentAvroDecoder.of(columns, options);
        }
        DecodingFormat<DeserializationSchema<RowData>> lenient =
                factory.optionalOptions().stream().anyMatch(option -> option.key().equals(LENIENT))
                        ? factory.createDecodingFormat(context, lenient(given))
                        : null;
        return (tableContext, columns) -> new WrappedDecoder(
                columns.getLogicalType().getChildren(),
                strict.createRuntimeDecoder(tableContext, columns),
                lenient == null ? null : lenient.createRuntimeDecoder(tableContext, columns),
                factory instanceof CsvFormatFactory ? delimiters(options, DataType.getFieldCount(columns)) : null);
    }

    private static Stream<String> formats() {
        return ServiceLoader.load(Factory.class, loader()).stream()
                .map(ServiceLoader.Provider::get)
                .filter(DeserializationFormatFactory.class::isInstance)
                .map(Factory::factoryIdentifier);
    }

    private static ConfigOption<Map<String, String>> optionsOf(String format) {
        return ConfigOptions.key(format).mapType().noDefaultValue();
    }

    private static Configuration lenient(Map<String, String> given) {
        Map<String, String> options = new HashMap<>(given);
        options.remove(DEMANDING);
        options.put(LENIENT, "true");
        return Configuration.fromMap(options);
    }

    private static byte[] delimiters(Configuration options, int count) {
        String delimiter = options.get(CsvFormatOptions.FIELD_DELIMITER).translateEscapes();
        return delimiter.repeat(count).getBytes(StandardCharsets.UTF_8);
    }

    private static void refuse(DeserializationFormatFactory factory, Map<String, String> given) {
        if (factory instanceof WholeFormatFactory || factory instanceof WholeJsonFormatFactory) {
            throw new ValidationException(factory.factoryIdentifier() + " loses nothing by itself; make it the table's format.");
        }
        if (factory instanceof AvroFormatFactory) {
            throw new ValidationException(
                    "avro reads on in the next record what is left of one that is malformed; use avro-confluent, with a registry.");
        }
        if (given.containsKey(LENIENT)) {
            throw new ValidationException("whole itself sets '" + LENIENT + "', and keeps what would be ignored; remove it.");
        }
    }

    private static ClassLoader loader() {
        return WholeFormatFactory.class.getClassLoader();
    }
}
