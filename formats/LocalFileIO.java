package trunkline.formats;

import java.io.File;
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

    static {
        CONFIGURATION.setClass("fs.file.impl", PlainFiles.class, RawLocalFileSystem.class);
        // Others in this process may have asked for the usual one before.
        CONFIGURATION.setBoolean("fs.file.impl.disable.cache", true);
    }

    @Override
    public InputFile newInputFile(String location) {
        return HadoopInputFile.fromLocation(location, CONFIGURATION);
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return HadoopOutputFile.fromLocation(location, CONFIGURATION);
    }

    @Override
    public void deleteFile(String location) {
        new File(new Path(location).toUri().getPath()).delete();
    }

    @Override
    public void deleteFiles(Iterable<String> locations) {
        locations.forEach(this::deleteFile);
    }

    /** Files with the permissions that the process's umask gives them. */
    public static class PlainFiles extends RawLocalFileSystem {
        @Override
        public void setPermission(Path path, FsPermission permission) {
        }
    }
}
