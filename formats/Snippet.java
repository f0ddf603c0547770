package trunkline.formats;

import java.nio.charset.StandardCharsets;

/** A record's own text, as an error quotes it. */
final class Snippet {

    private static final int MAX_CHARACTERS = 40;
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

    /** The bytes from one offset to before another, shortened to 40 characters, invisible ones escaped. */
    static String of(byte[] record, int from, int to) {
        int enough = Math.min(to, from + (MAX_CHARACTERS + 1) * MAX_BYTES_OF_CHARACTER);
        int[] characters = new String(record, from, enough - from, StandardCharsets.UTF_8).codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(characters.length, MAX_CHARACTERS); i++) {
            if (isVisible(characters[i])) {
                text.appendCodePoint(characters[i]);
            } else {
                text.append(String.format("\\u%04x", characters[i]));
            }
        }
        return characters.length > MAX_CHARACTERS ? text.append('…').toString() : text.toString();
    }

    private static boolean isVisible(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
