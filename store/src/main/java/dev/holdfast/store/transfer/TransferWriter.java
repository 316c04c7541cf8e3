package dev.holdfast.store.transfer;

import com.google.protobuf.ByteString;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.proto.TransferHeader;
import dev.holdfast.store.proto.TransferRecord;
import dev.holdfast.store.proto.TransferRow;
import dev.holdfast.store.proto.TransferTrailer;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/** Writes a file of exported rows; the other side of {@link TransferReader}. */
final class TransferWriter {
  private final MessageDigest digest = TransferReader.sha256();
  private final DigestOutputStream out;
  private long rows;

  /** Begins to write to a stream that stays open. */
  TransferWriter(OutputStream out, TransferHeading heading) throws IOException {
    this.out = new DigestOutputStream(out, digest);
    this.out.write(TransferReader.magic());
    write(
        TransferRecord.newBuilder()
            .setHeader(
                TransferHeader.newBuilder()
                    .setFormat(TransferReader.FORMAT)
                    .setSource(heading.source())
                    .setRevision(heading.revision())
                    .setExportedMillis(heading.exported().toEpochMilli())));
  }

  /** Writes the next row; keys ascend. */
  void row(Row row) throws IOException {
    write(
        TransferRecord.newBuilder()
            .setRow(
                TransferRow.newBuilder().setKey(row.key().bytes()).setValue(row.value().bytes())));
    rows++;
  }

  /** Writes the end; returns how many rows there are. */
  long end() throws IOException {
    write(
        TransferRecord.newBuilder()
            .setTrailer(
                TransferTrailer.newBuilder()
                    .setRows(rows)
                    .setSha256(ByteString.copyFrom(digest.digest()))));
    out.flush();
    return rows;
  }

  private void write(TransferRecord.Builder record) throws IOException {
    record.build().writeDelimitedTo(out);
  }
}
