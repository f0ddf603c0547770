package trunkline.formats;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;

/** Text of others, as an error quotes it: shortened, invisible characters escaped. */
final class Snippet {

    private static final int MAX_CHARACTERS = 40;
    private static final int MAX_CHARACTERS_OF_MESSAGE = 200;
    private static final int MAX_BYTES_OF_CHARACTER = 4;

    private Snippet() {}

    static String of(byte[] record, int from) {
        return of(record, from, record.length);
    }

    /** What stands before and after the offset. */
    static String around(byte[] record, int offset) {
        int from = Math.max(0, offset - MAX_CHARACTERS / 2);
        while (from < record.length && (record[from] & 0xC0) == 0x80) { // inside a character
            from++;
        }
        return of(record, from);
    }

    /** The bytes from one offset to before another. */
    static String of(byte[] record, int from, int to) {
        int enough = Math.min(to, from + (MAX_CHARACTERS + 1) * MAX_BYTES_OF_CHARACTER);
        return shortened(new String(record, from, enough - from, StandardCharsets.UTF_8), MAX_CHARACTERS);
    }

    /** The messages of the causes of a failure, outermost first, without its own where that quotes the whole record. */
    static String of(Throwable failure) {
        Set<String> messages = new LinkedHashSet<>();
        for (Throwable cause = failure.getCause() == null ? failure : failure.getCause(); cause != null; cause = cause.getCause()) {
            String message = Objects.requireNonNullElse(cause.getMessage(), "");
            messages.add(message.lines().findFirst().orElse("").replaceFirst("^Fail to deserialize at field: (.*)\\.$", "the field $1 does not fit"));
        }
        messages.remove("");
        return shortened(String.join(": ", messages), MAX_CHARACTERS_OF_MESSAGE);
    }

    private static String shortened(String text, int length) {
        int[] characters = text.codePoints().toArray();
        StringBuilder visible = new StringBuilder();
        for (int i = 0; i < Math.min(characters.length, length); i++) {
            if (isVisible(characters[i])) {
                visible.appendCodePoint(characters[i]);
            } else {
                visible.append(String.format("\\u%04x", characters[i]));
            }
        }
        return characters.length > length ? visible.append('…').toString() : visible.toString();
    }

    private static boolean isVisible(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
