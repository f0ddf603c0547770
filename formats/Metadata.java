package trunkline.formats;

import java.util.Locale;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;

/** What a record is besides its columns. */
enum Metadata {
    BYTES(DataTypes.BYTES()),
    ERROR(DataTypes.STRING());

    final DataType type;

    Metadata(DataType type) {
        this.type = type.nullable();
    }

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Metadata of(String key) {
        return valueOf(key.toUpperCase(Locale.ROOT));
    }
}
