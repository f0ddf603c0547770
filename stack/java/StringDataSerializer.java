package org.apache.flink.table.runtime.typeutils;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinarySegmentUtils;
import org.apache.flink.table.data.binary.BinaryStringData;

/**
 * Copies a text only where it lies in memory of something else. Stands before the class of this name in flink-table-runtime, which
 * copies each: the code that Flink generates has every column that an operator reads copied, by each of them. Bytes and snapshots
 * are those of that class, so state goes over from one to the other.
 */
public final class StringDataSerializer extends TypeSerializerSingleton<StringData> {
    private static final long serialVersionUID = 1L;

    public static final StringDataSerializer INSTANCE = new StringDataSerializer();

    private StringDataSerializer() {}

    @Override
    public boolean isImmutableType() {
        return true;
    }

    @Override
    public StringData createInstance() {
        return StringData.fromString("");
    }

    @Override
    public StringData copy(StringData from) {
        BinaryStringData text = (BinaryStringData) from;
        return hasMemoryOfItsOwn(text) ? text : text.copy();
    }

    /** A row that is read into again and again holds texts within its own memory; nobody writes to that of a text by itself. */
    private static boolean hasMemoryOfItsOwn(BinaryStringData text) {
        if (text.getBinarySection() == null) {
            return true; // a java.lang.String so far
        }
        MemorySegment[] segments = text.getSegments();
        return segments.length == 1 && segments[0].size() == text.getSizeInBytes() && !segments[0].isOffHeap();
    }

    @Override
    public StringData copy(StringData from, StringData reuse) {
        return copy(from);
    }

    @Override
    public int getLength() {
        return -1; // each has another
    }

    @Override
    public void serialize(StringData record, DataOutputView target) throws IOException {
        BinaryStringData text = (BinaryStringData) record;
        text.ensureMaterialized();
        target.writeInt(text.getSizeInBytes());
        BinarySegmentUtils.copyToView(text.getSegments(), text.getOffset(), text.getSizeInBytes(), target);
    }

    @Override
    public StringData deserialize(DataInputView source) throws IOException {
        return deserializeInternal(source);
    }

    /** For serializers of what holds texts. */
    public static StringData deserializeInternal(DataInputView source) throws IOException {
        byte[] bytes = new byte[source.readInt()];
        source.readFully(bytes);
        return StringData.fromBytes(bytes);
    }

    @Override
    public StringData deserialize(StringData reuse, DataInputView source) throws IOException {
        return deserialize(source);
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
        int length = source.readInt();
        target.writeInt(length);
        target.write(source, length);
    }

    @Override
    public TypeSerializerSnapshot<StringData> snapshotConfiguration() {
        return new StringDataSerializerSnapshot();
    }

    /** What a savepoint has of this class, by its name. */
    public static final class StringDataSerializerSnapshot extends SimpleTypeSerializerSnapshot<StringData> {
        public StringDataSerializerSnapshot() {
            super(() -> INSTANCE);
        }
    }
}
