package trunkline.formats;

import java.io.File;
import org.apache.iceberg.Files;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.io.SupportsBulkOperations;

/**
 * Tables in folders of this machine, without Hadoop: for each new file, its local file system starts a process that sets permissions,
 * and writes a second file with checksums.
 */
public class LocalFileIO implements SupportsBulkOperations {
    @Override
    public InputFile newInputFile(String location) {
        return new LocalFile(location);
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return new LocalFile(location);
    }

    @Override
    public void deleteFile(String location) {
        new LocalFile(location).path().delete();
    }

    @Override
    public void deleteFiles(Iterable<String> locations) {
        locations.forEach(this::deleteFile);
    }

    /** A file whose location stays as it was written, a URI or a path, so that tables hold what their catalog's warehouse says. */
    private record LocalFile(String location) implements InputFile, OutputFile {
        File path() {
            return new File(location.replaceFirst("^file:(//)?", ""));
        }

        @Override
        public boolean exists() {
            return path().exists();
        }

        @Override
        public long getLength() {
            return Files.localInput(path()).getLength();
        }

        @Override
        public SeekableInputStream newStream() {
            return Files.localInput(path()).newStream();
        }

        @Override
        public PositionOutputStream create() {
            return Files.localOutput(path()).create();
        }

        @Override
        public PositionOutputStream createOrOverwrite() {
            return Files.localOutput(path()).createOrOverwrite();
        }

        @Override
        public InputFile toInputFile() {
            return this;
        }
    }
}
