package trunkline.formats;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.RestService;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.SystemLimitException;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumReader;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericRecord;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryDecoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.DecoderFactory;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.formats.avro.AvroToRowDataConverters;
import org.apache.flink.formats.avro.AvroToRowDataConverters.AvroToRowDataConverter;
import org.apache.flink.formats.avro.registry.confluent.AvroConfluentFormatOptions;
import org.apache.flink.formats.avro.registry.confluent.RegistryAvroFormatFactory;
import org.apache.flink.formats.avro.typeutils.AvroSchemaConverter;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Avro after the id of its schema in a registry, as Flink's {@code avro-confluent} but for two things: it begins each
 * record anew, where Flink's reads on in what another left in the buffer, and it tells a bad record from a registry that
 * does not answer.
 */
final class ConfluentAvroDecoder implements RecordDecoder {

    private static final long serialVersionUID = 1L;
    private static final int HEADER_BYTES = 5;
    private static final int CACHED_SCHEMAS = 1000;
    private static final int SCHEMA_NOT_FOUND = 40403;

    static {
        // What Avro makes room for before it has read it: a broken length must not take the memory.
        System.getProperties().putIfAbsent(SystemLimitException.MAX_BYTES_LENGTH_PROPERTY, "16777216");
        System.getProperties().putIfAbsent(SystemLimitException.MAX_STRING_LENGTH_PROPERTY, "16777216");
        System.getProperties().putIfAbsent(SystemLimitException.MAX_COLLECTION_LENGTH_PROPERTY, "1048576");
    }

    private final String url;
    private final Map<String, String> properties;
    private final String columns;
    private final AvroToRowDataConverter converter;

    private transient RestService registry;
    private transient SchemaRegistryClient schemas;
    private transient Map<Integer, GenericDatumReader<GenericRecord>> readers;
    private transient BinaryDecoder bytes;

    private ConfluentAvroDecoder(String url, Map<String, String> properties, RowType columns) {
        this.url = url;
        this.properties = properties == null ? Map.of() : properties;
        this.columns = AvroSchemaConverter.convertToSchema(columns.copy(false)).toString();
        this.converter = AvroToRowDataConverters.createRowConverter(columns);
    }

    /** @param options those of Flink's format */
    static ConfluentAvroDecoder of(DataType columns, ReadableConfig options) {
        if (options.getOptional(AvroConfluentFormatOptions.SCHEMA).isPresent()) {
            throw new ValidationException("whole reads what the columns declare; remove 'schema'.");
        }
        return new ConfluentAvroDecoder(
                options.get(AvroConfluentFormatOptions.URL),
                RegistryAvroFormatFactory.buildOptionalPropertiesMap(options),
                (RowType) columns.getLogicalType());
    }

    @Override
    public void open(InitializationContext context) {
        registry = new RestService(url);
        schemas = new CachedSchemaRegistryClient(registry, CACHED_SCHEMAS, properties); // configures the service, too
        readers = new HashMap<>();
    }

    @Override
    public String decode(byte[] record, GenericRowData row) throws IOException {
        if (record.length < HEADER_BYTES || record[0] != 0) {
            throw new MalformedRecordException("the record does not begin with a zero byte and the four of a schema's id");
        }
        GenericDatumReader<GenericRecord> reader = readerOf(ByteBuffer.wrap(record).getInt(1));
        GenericRowData read;
        try {
            bytes = DecoderFactory.get().binaryDecoder(record, HEADER_BYTES, record.length - HEADER_BYTES, bytes);
            read = (GenericRowData) converter.convert(reader.read(null, bytes));
        } catch (EOFException end) {
            throw new MalformedRecordException("the Avro ends before it is complete");
        } catch (IOException | RuntimeException | StackOverflowError failure) {
            throw new MalformedRecordException("not Avro of its schema: " + Snippet.of(failure));
        }
        if (!bytes.isEnd()) {
            throw new MalformedRecordException("bytes after the Avro: " + bytes.inputStream().available());
        }
        for (int i = 0; i < read.getArity(); i++) {
            row.setField(i, read.getField(i));
        }
        return null;
    }

    private GenericDatumReader<GenericRecord> readerOf(int id) throws IOException {
        GenericDatumReader<GenericRecord> reader = readers.get(id);
        if (reader == null) {
            reader = new GenericDatumReader<>(schemaOf(id), new Schema.Parser().parse(columns));
            readers.put(id, reader);
        }
        return reader;
    }

    private Schema schemaOf(int id) throws IOException {
        try {
            String type = registry.getId(id).getSchemaType();
            if (!type.equals(AvroSchema.TYPE)) {
                throw new MalformedRecordException("the schema with id " + id + " is " + type + ", not AVRO");
            }
            return ((AvroSchema) schemas.getSchemaById(id)).rawSchema();
        } catch (MalformedRecordException otherType) {
            throw otherType;
        } catch (IOException | RestClientException refused) {
            if (refused instanceof RestClientException answer && answer.getErrorCode() == SCHEMA_NOT_FOUND) {
                throw new MalformedRecordException("the registry has no schema with id " + id);
            }
            String reason = refused.getMessage();
            throw new IOException("The schema registry at " + url + " does not give the schema with id " + id + ": " + reason, refused);
        }
    }
}
