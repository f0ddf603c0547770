package trunkline.formats;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.iceberg.hadoop.HadoopInputFile;
import org.apache.iceberg.hadoop.HadoopOutputFile;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SupportsBulkOperations;

/**
 * Tables in folders of this machine, without what Hadoop's local file system does for each new file: start a process that sets
 * permissions, and write a second file with checksums. Files are Hadoop's all the same: Iceberg would load Hadoop's configuration
 * anew to write a Parquet file of any other kind.
 */
public class LocalFileIO implements SupportsBulkOperations {
    private static final Configuration CONFIGURATION = new Configuration();
    private static final PlainFiles FILES = new PlainFiles();

    @Override
    public InputFile newInputFile(String location) {
        return HadoopInputFile.fromPath(new Path(location), FILES, CONFIGURATION);
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return HadoopOutputFile.fromPath(new Path(location), FILES, CONFIGURATION);
    }

    @Override
    public void deleteFile(String location) {
        FILES.pathToFile(new Path(location)).delete();
    }

    @Override
    public void deleteFiles(Iterable<String> locations) {
        locations.forEach(this::deleteFile);
    }

    private static class PlainFiles extends RawLocalFileSystem {
        PlainFiles() {
            try {
                initialize(URI.create("file:///"), CONFIGURATION);
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }

        /** New files have the permissions that the process's umask gives them. */
        @Override
        public void setPermission(Path path, FsPermission permission) {
        }
    }
}
