package trunkline.formats;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonStreamContext;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;

/** Reads JSON objects into rows of a declared type in one pass. A value that does not fit becomes NULL and is reported. */
final class RecordReader {

    private final RowReader root;
    private final JsonNumber number = new JsonNumber();

    private byte[] record;
    private String wrongType;

    /**
     * @param anyType the dotted paths of STRING fields that take any JSON value as its text
     * @throws ValidationException for a type that JSON values cannot have here
     */
    RecordReader(RowType declared, Set<String> anyType) {
        Set<String> unused = new HashSet<>(anyType);
        root = new RowReader(declared, "", unused);
        if (!unused.isEmpty()) {
            throw new ValidationException("'any-type' takes paths of STRING fields, but not " + String.join(", ", unused) + ".");
        }
    }

    /**
     * Fills the row from the object that the parser has just entered.
     *
     * @return the error of the record's first value that does not fit, null if all do
     */
    String read(JsonParser json, byte[] record, GenericRowData row) throws IOException {
        this.record = record;
        this.wrongType = null;
        root.fill(row, json);
        return wrongType;
    }

    /** Makes the value that begins with the token; null, and the parser not moved to another token, if it does not fit. */
    private interface ValueReader {
        Object read(JsonParser json, JsonToken token) throws IOException;
    }

    private ValueReader readerOf(LogicalType type, String path, Set<String> anyType) {
        switch (type.getTypeRoot()) {
            case VARCHAR:
                if (((VarCharType) type).getLength() == VarCharType.MAX_LENGTH) {
                    return anyType.remove(path) ? this::anyText : RecordReader::text;
                }
                break;
            case BOOLEAN:
                return (json, token) -> token.isBoolean() ? token == JsonToken.VALUE_TRUE : null;
            case TINYINT:
                return (json, token) -> isInteger(json, token, Byte.MIN_VALUE, Byte.MAX_VALUE) ? (byte) number.integer() : null;
            case SMALLINT:
                return (json, token) -> isInteger(json, token, Short.MIN_VALUE, Short.MAX_VALUE) ? (short) number.integer() : null;
            case INTEGER:
                return (json, token) -> isInteger(json, token, Integer.MIN_VALUE, Integer.MAX_VALUE) ? (int) number.integer() : null;
            case BIGINT:
                return (json, token) -> isInteger(json, token, Long.MIN_VALUE, Long.MAX_VALUE) ? number.integer() : null;
            case DECIMAL:
                int precision = ((DecimalType) type).getPrecision();
                int scale = ((DecimalType) type).getScale();
                return (json, token) -> isNumber(json, token) ? number.toDecimal(precision, scale) : null;
            case FLOAT:
                return (json, token) -> isNumber(json, token) ? finite(Float.parseFloat(json.getText())) : null;
            case DOUBLE:
                return (json, token) -> isNumber(json, token) ? finite(Double.parseDouble(json.getText())) : null;
            case ROW:
                return new RowReader((RowType) type, path + ".", anyType);
            case ARRAY:
                return new ArrayReader((ArrayType) type, path, anyType);
            default:
                break;
        }
        throw new ValidationException(
                path + " has type " + type + ", but whole-json reads STRING, TINYINT, SMALLINT, INT, BIGINT, DECIMAL, FLOAT, DOUBLE,"
                        + " BOOLEAN, ROW and ARRAY.");
    }

    private final class RowReader implements ValueReader {

        private final int width;
        private final Map<String, Field> fields = new HashMap<>();
        private long round;

        RowReader(RowType type, String prefix, Set<String> anyType) {
            width = type.getFieldCount();
            for (int i = 0; i < width; i++) {
                String name = type.getFieldNames().get(i);
                fields.put(name, new Field(i, type.getTypeAt(i), readerOf(type.getTypeAt(i), prefix + name, anyType)));
            }
        }

        @Override
        public Object read(JsonParser json, JsonToken token) throws IOException {
            if (token != JsonToken.START_OBJECT) {
                return null;
            }
            GenericRowData row = new GenericRowData(width);
            fill(row, json);
            return row;
        }

        void fill(GenericRowData row, JsonParser json) throws IOException {
            round++;
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                JsonToken token = json.nextToken();
                Field field = fields.get(name);
                if (field == null) {
                    json.skipChildren();
                    continue;
                }
                if (field.seenIn == round) {
                    throw new MalformedRecordException("the field " + pathOf(json, token) + " stands twice");
                }
                field.seenIn = round;
                row.setField(field.index, valueOf(field.reader, field.type, json, token));
            }
        }
    }

    /** A declared field, and the last object of its kind in which it stood. */
    private static final class Field {
        final int index;
        final LogicalType type;
        final ValueReader reader;
        long seenIn;

        Field(int index, LogicalType type, ValueReader reader) {
            this.index = index;
            this.type = type;
            this.reader = reader;
        }
    }

    private final class ArrayReader implements ValueReader {

        private final LogicalType type;
        private final ValueReader reader;

        ArrayReader(ArrayType type, String path, Set<String> anyType) {
            this.type = type.getElementType();
            this.reader = readerOf(this.type, path + "[]", anyType);
        }

        @Override
        public Object read(JsonParser json, JsonToken token) throws IOException {
            if (token != JsonToken.START_ARRAY) {
                return null;
            }
            List<Object> elements = new ArrayList<>();
            for (JsonToken each = json.nextToken(); each != JsonToken.END_ARRAY; each = json.nextToken()) {
                elements.add(valueOf(reader, type, json, each));
            }
            return new GenericArrayData(elements.toArray());
        }
    }

    private Object valueOf(ValueReader reader, LogicalType type, JsonParser json, JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        Object value = reader.read(json, token);
        if (value == null) {
            skipWrongType(type, json, token);
        }
        return value;
    }

    private void skipWrongType(LogicalType type, JsonParser json, JsonToken token) throws IOException {
        if (wrongType != null) {
            json.skipChildren();
            return;
        }
        boolean nested = type.is(LogicalTypeRoot.ROW) || type.is(LogicalTypeRoot.ARRAY);
        String expected = nested ? type.getTypeRoot().name() : type.asSummaryString();
        String path = pathOf(json, token);
        int start = (int) json.currentTokenLocation().getByteOffset();
        wrongType = "wrong_type: " + path + " should be " + expected + " but is " + Snippet.of(record, start, skipValue(json));
    }

    /** The offset behind the value that begins with the parser's token. */
    private static int skipValue(JsonParser json) throws IOException {
        json.skipChildren();
        json.finishToken();
        return (int) json.currentLocation().getByteOffset();
    }

    /** The value's path as SQL would write it, such as {@code billing.amount} or {@code items[1].price}. */
    private static String pathOf(JsonParser json, JsonToken token) {
        JsonStreamContext context = json.getParsingContext();
        StringBuilder path = new StringBuilder();
        for (JsonStreamContext at = token.isStructStart() ? context.getParent() : context; !at.inRoot(); at = at.getParent()) {
            path.insert(0, at.inArray() ? "[" + (at.getCurrentIndex() + 1) + "]" : "." + at.getCurrentName());
        }
        return path.substring(1);
    }

    private boolean isNumber(JsonParser json, JsonToken token) throws IOException {
        return (token.isNumeric() || token == JsonToken.VALUE_STRING)
                && number.scan(json.getTextCharacters(), json.getTextOffset(), json.getTextLength());
    }

    private boolean isInteger(JsonParser json, JsonToken token, long min, long max) throws IOException {
        return isNumber(json, token) && number.isIntegerWithin(min, max);
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    private static Float finite(float value) {
        return Float.isFinite(value) ? value : null;
    }

    /** Escapes such as {@code \ud800} can make texts that have no UTF-8: they fit no STRING. */
    private static Object text(JsonParser json, JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_STRING) {
            return null;
        }
        char[] characters = json.getTextCharacters();
        int from = json.getTextOffset();
        int length = json.getTextLength();
        byte[] ascii = new byte[length];
        for (int i = 0; i < length; i++) {
            char character = characters[from + i];
            if (character >= 0x80) {
                return hasLoneSurrogate(characters, from, length) ? null : StringData.fromString(json.getText());
            }
            ascii[i] = (byte) character;
        }
        return StringData.fromBytes(ascii);
    }

    private static boolean hasLoneSurrogate(char[] characters, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (Character.isSurrogate(characters[i])) {
                if (i + 1 == from + length || !Character.isSurrogatePair(characters[i], characters[i + 1])) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    private Object anyText(JsonParser json, JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_STRING) {
            return text(json, token);
        }
        int start = (int) json.currentTokenLocation().getByteOffset();
        return StringData.fromBytes(Arrays.copyOfRange(record, start, skipValue(json)));
    }
}
