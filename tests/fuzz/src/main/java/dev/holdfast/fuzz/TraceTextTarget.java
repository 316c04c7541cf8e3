package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.cli.CommandException;
import dev.holdfast.cli.TraceText;
import java.io.BufferedReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.YearMonth;
import java.util.List;
import java.util.function.Consumer;

/** Traces of usage as text: refused by their line, or series of a month or a day. */
final class TraceTextTarget implements Target {
  @Override
  public Class<?> reader() {
    return TraceText.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.utf8("header\n1375308000;\t4;\t8000;\t12.5;\t1;\t8000;\t250;\t1;\t2;\t3;\t4\n"),
        Bytes.utf8("container_ip,timestamp_anon,value\n0123456789abcdef,1662858600,41.5\n"),
        Bytes.utf8("host_1" + ",17".repeat(288) + "\n"));
  }

  @Override
  public void read(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    attempt(text, in -> TraceText.bitbrains("text", YearMonth.of(2013, 8), "bb", in));
    attempt(text, in -> TraceText.planetlab("text", "day", in));
    TraceText.Pods pods = new TraceText.Pods();
    attempt(text, in -> pods.add("text", "gpu", 1, in));
    pods.traces();
  }

  private static void attempt(String text, Consumer<BufferedReader> reader) {
    try {
      reader.accept(new BufferedReader(new StringReader(text)));
    } catch (CommandException _) {
      // Refused, as it should be.
    }
  }
}
