package trunkline.formats;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.flink.table.data.DecimalData;

/**
 * A number read from its text: the sign, the first significant digits, and where the decimal point stands. So no text
 * costs more than its length, not even {@code 1e999999999} or a million digits. Reused from number to number.
 */
final class JsonNumber {

    /** One more than a DECIMAL can have: it decides the rounding. */
    private static final int KEPT_DIGITS = 39;

    private static final int COMPACT_PRECISION = 18;
    private static final long FAR_EXPONENT = 1L << 40;
    private static final long[] POWERS_OF_TEN = new long[COMPACT_PRECISION + 1];

    static {
        POWERS_OF_TEN[0] = 1;
        for (int i = 1; i < POWERS_OF_TEN.length; i++) {
            POWERS_OF_TEN[i] = 10 * POWERS_OF_TEN[i - 1];
        }
    }

    /** The absolute value is 0.DIGITS times ten to the power of {@code point}; no digits at all mean zero. */
    private final char[] digits = new char[KEPT_DIGITS];

    private int count;
    private long point;
    private boolean negative;
    private boolean lostDigits;
    private long integer;

    /** Whether the text is a JSON number; blanks around it and a leading plus are allowed. */
    boolean scan(char[] text, int from, int length) {
        int end = from + length;
        int i = from;
        while (i < end && isBlank(text[i])) {
            i++;
        }
        while (i < end && isBlank(text[end - 1])) {
            end--;
        }
        count = 0;
        point = 0;
        lostDigits = false;
        negative = i < end && text[i] == '-';
        if (i < end && (text[i] == '-' || text[i] == '+')) {
            i++;
        }

        int whole = i;
        for (; i < end && isDigit(text[i]); i++) {
            keep(text[i]);
            if (count > 0) {
                point++;
            }
        }
        if (i == whole || text[whole] == '0' && i > whole + 1) {
            return false;
        }
        if (i < end && text[i] == '.') {
            int fraction = ++i;
            for (; i < end && isDigit(text[i]); i++) {
                keep(text[i]);
                if (count == 0) {
                    point--;
                }
            }
            if (i == fraction) {
                return false;
            }
        }
        return i == end || (text[i] == 'e' || text[i] == 'E') && scanExponent(text, i + 1, end);
    }

    private boolean scanExponent(char[] text, int from, int end) {
        int i = from;
        boolean minus = i < end && text[i] == '-';
        if (i < end && (text[i] == '-' || text[i] == '+')) {
            i++;
        }
        int first = i;
        long exponent = 0;
        for (; i < end && isDigit(text[i]); i++) {
            exponent = Math.min(10 * exponent + text[i] - '0', FAR_EXPONENT);
        }
        point += minus ? -exponent : exponent;
        return i == end && i > first;
    }

    private void keep(char digit) {
        if (count == 0 && digit == '0') {
            return;
        }
        if (count < KEPT_DIGITS) {
            digits[count++] = digit;
        } else {
            lostDigits |= digit != '0';
        }
    }

    /** Whether the value is integral and in the range; then {@link #integer} is it. */
    boolean isIntegerWithin(long min, long max) {
        integer = 0;
        if (count == 0) {
            return true;
        }
        if (point <= 0 || point > 19 || lostDigits) {
            return false;
        }
        for (int i = (int) point; i < count; i++) {
            if (digits[i] != '0') {
                return false;
            }
        }
        long minus = 0; // negative, as Long.MIN_VALUE has no counterpart
        for (int i = 0; i < point; i++) {
            int digit = digit(i);
            if (minus < (Long.MIN_VALUE + digit) / 10) {
                return false;
            }
            minus = 10 * minus - digit;
        }
        if (!negative && minus == Long.MIN_VALUE) {
            return false;
        }
        integer = negative ? minus : -minus;
        return min <= integer && integer <= max;
    }

    long integer() {
        return integer;
    }

    /** The value rounded HALF_UP to the scale, null if the precision does not hold it. */
    DecimalData toDecimal(int precision, int scale) {
        long length = point + scale; // of the unscaled value, before the rounding
        if (count == 0 || length < 0) {
            return DecimalData.zero(precision, scale);
        }
        if (length > precision) {
            return null;
        }
        int cut = (int) length;
        boolean up = digit(cut) >= 5;
        return precision <= COMPACT_PRECISION ? compact(cut, up, precision, scale) : big(cut, up, precision, scale);
    }

    private DecimalData compact(int cut, boolean up, int precision, int scale) {
        long unscaled = 0;
        for (int i = 0; i < cut; i++) {
            unscaled = 10 * unscaled + digit(i);
        }
        if (up) {
            unscaled++;
        }
        return unscaled < POWERS_OF_TEN[precision]
                ? DecimalData.fromUnscaledLong(negative ? -unscaled : unscaled, precision, scale)
                : null;
    }

    private DecimalData big(int cut, boolean up, int precision, int scale) {
        StringBuilder text = new StringBuilder(negative ? "-0" : "0");
        for (int i = 0; i < cut; i++) {
            text.append((char) ('0' + digit(i)));
        }
        BigInteger unscaled = new BigInteger(text.toString());
        if (up) {
            unscaled = unscaled.add(negative ? BigInteger.ONE.negate() : BigInteger.ONE);
        }
        return DecimalData.fromBigDecimal(new BigDecimal(unscaled, scale), precision, scale);
    }

    private int digit(int i) {
        return i < count ? digits[i] - '0' : 0;
    }

    private static boolean isDigit(char c) {
        return '0' <= c && c <= '9';
    }

    static boolean isBlank(int c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }
}
