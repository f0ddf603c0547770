package trunkline.formats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Strict UTF-8: no overlong forms, no surrogates. Jackson itself lets them pass. */
final class Utf8 {

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH_BITS = 0x8080808080808080L;

    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    private final CharBuffer discarded = CharBuffer.allocate(1024);

    /** The offset of the first byte that is not UTF-8, -1 if there is none. */
    int firstInvalid(byte[] bytes) {
        int ascii = asciiPrefix(bytes);
        if (ascii == bytes.length) {
            return -1;
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes, ascii, bytes.length - ascii);
        decoder.reset();
        CoderResult result;
        do {
            result = decoder.decode(rest, discarded.clear(), true);
        } while (result.isOverflow());
        return result.isError() ? rest.position() : -1;
    }

    private static int asciiPrefix(byte[] bytes) {
        int i = 0;
        while (i + 8 <= bytes.length && ((long) EIGHT_BYTES.get(bytes, i) & HIGH_BITS) == 0) {
            i += 8;
        }
        while (i < bytes.length && bytes[i] >= 0) {
            i++;
        }
        return i;
    }
}
