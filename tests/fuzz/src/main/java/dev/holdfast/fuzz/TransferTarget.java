package dev.holdfast.fuzz;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.proto.TransferHeader;
import dev.holdfast.store.proto.TransferRecord;
import dev.holdfast.store.proto.TransferRow;
import dev.holdfast.store.proto.TransferTrailer;
import dev.holdfast.store.transfer.TransferException;
import dev.holdfast.store.transfer.TransferReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Files of exported rows: what is read to its end is whole, in order, and nothing but rows. */
final class TransferTarget implements Target {
  @Override
  public Class<?> reader() {
    return TransferReader.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(file(), file("holdfast/v1/a"), file("holdfast/v1/a", "holdfast/v1/b"));
  }

  private static Bytes file(String... keys) {
    var out = new ByteArrayOutputStream();
    try {
      out.write("HFSTORE1".getBytes(StandardCharsets.US_ASCII));
      write(
          out,
          TransferRecord.newBuilder()
              .setHeader(
                  TransferHeader.newBuilder().setFormat(1).setSource("etcd").setRevision(7)));
      for (String key : keys) {
        write(
            out,
            TransferRecord.newBuilder()
                .setRow(
                    TransferRow.newBuilder()
                        .setKey(ByteString.copyFromUtf8(key))
                        .setValue(ByteString.copyFromUtf8("value"))));
      }
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(out.toByteArray());
      write(
          out,
          TransferRecord.newBuilder()
              .setTrailer(
                  TransferTrailer.newBuilder()
                      .setRows(keys.length)
                      .setSha256(ByteString.copyFrom(sum))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    return Bytes.of(out.toByteArray());
  }

  private static void write(ByteArrayOutputStream out, TransferRecord.Builder record)
      throws IOException {
    record.build().writeDelimitedTo(out);
  }

  @Override
  public void read(byte[] data) throws Exception {
    if (whole(data)) {
      if (whole(Arrays.copyOf(data, data.length - 1))
          || whole(Arrays.copyOf(data, data.length + 1))) {
        throw new IllegalStateException("a file has two ends");
      }
      for (int at : new int[] {8, data.length / 2, data.length - 1}) {
        byte[] changed = data.clone();
        changed[at] ^= 1;
        if (whole(changed)) {
          throw new IllegalStateException("a change went unseen");
        }
      }
    }
  }

  private static boolean whole(byte[] data) throws IOException {
    try {
      var reader = new TransferReader(new ByteArrayInputStream(data));
      long rows = 0;
      Optional<Operation.Put> row = reader.next();
      while (row.isPresent()) {
        rows++;
        row = reader.next();
      }
      if (rows != reader.rows() || reader.heading().revision() < 1) {
        throw new IllegalStateException("what was read is not what is said of it");
      }
      return true;
    } catch (TransferException refused) {
      return false;
    }
  }
}
