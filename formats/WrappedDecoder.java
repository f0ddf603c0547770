package trunkline.formats;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;

/** What a format of Flink reads: strictly, and if that fails once more without the values that do not fit. */
final class WrappedDecoder implements RecordDecoder {

    private static final long serialVersionUID = 1L;

    private final RowData.FieldGetter[] columns;
    private final DeserializationSchema<RowData> strict;
    private final DeserializationSchema<RowData> lenient;
    private final byte[] excess;

    /**
     * @param lenient null if the format can't leave out single values
     * @param excess what no row can have behind it; null if the format reads no lines
     */
    WrappedDecoder(
            List<LogicalType> types, DeserializationSchema<RowData> strict, DeserializationSchema<RowData> lenient, byte[] excess) {
        this.columns = new RowData.FieldGetter[types.size()];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = RowData.createFieldGetter(types.get(i), i);
        }
        this.strict = strict;
        this.lenient = lenient;
        this.excess = excess;
    }

    @Override
    public void open(InitializationContext context) throws Exception {
        strict.open(context);
        if (lenient != null) {
            lenient.open(context);
        }
    }

    @Override
    public String decode(byte[] record, GenericRowData row) throws MalformedRecordException {
        try {
            fill(row, onlyRow(strict, record));
        } catch (MalformedRecordException noneOrSeveral) {
            throw noneOrSeveral;
        } catch (Exception | StackOverflowError failure) {
            String sentence = Snippet.of(failure);
            if (lenient == null || !fillLeniently(row, record)) {
                throw new MalformedRecordException(sentence);
            }
            return "wrong_type: " + sentence;
        }
        if (excess != null && holdsMoreThanOneLine(record)) {
            throw new MalformedRecordException("the record has more than one line");
        }
        return null;
    }

    private boolean fillLeniently(GenericRowData row, byte[] record) {
        try {
            fill(row, onlyRow(lenient, record));
            return true;
        } catch (Exception | StackOverflowError nothingIsLeft) {
            return false;
        }
    }

    private void fill(GenericRowData row, RowData read) {
        for (int i = 0; i < columns.length; i++) {
            row.setField(i, columns[i].getFieldOrNull(read));
        }
    }

    /** A format of lines reads the first and leaves the others: then it does not notice the excess behind them. */
    private boolean holdsMoreThanOneLine(byte[] record) {
        int end = record.length;
        while (end > 0 && isLineBreak(record[end - 1])) {
            end--;
        }
        for (int i = 0; i < end; i++) {
            if (isLineBreak(record[i])) { // the end of a line, or part of a quoted field
                byte[] exceeded = Arrays.copyOf(record, end + excess.length);
                System.arraycopy(excess, 0, exceeded, end, excess.length);
                return reads(exceeded);
            }
        }
        return false;
    }

    private boolean reads(byte[] record) {
        try {
            strict.deserialize(record);
            return true;
        } catch (Exception refused) {
            return false;
        }
    }

    private static boolean isLineBreak(byte character) {
        return character == '\n' || character == '\r';
    }

    private static RowData onlyRow(DeserializationSchema<RowData> schema, byte[] record) throws IOException {
        List<RowData> rows = new ArrayList<>(1);
        schema.deserialize(record, new ListCollector<>(rows));
        if (rows.size() != 1) {
            throw new MalformedRecordException("the record holds " + rows.size() + " rows instead of one");
        }
        return rows.get(0);
    }
}
