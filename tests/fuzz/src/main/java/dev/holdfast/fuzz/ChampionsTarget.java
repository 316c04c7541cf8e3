package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.registry.Champions;
import dev.holdfast.server.learn.model.ChampionsText;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The list of champions: what is read is written as it was read. */
final class ChampionsTarget implements Target {
  @Override
  public Class<?> reader() {
    return ChampionsText.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.utf8("2026-03-01T12:00:00Z\n"),
        Bytes.utf8(
            "2026-03-01T12:00:00Z\n"
                + "CPU_MILLICORES pinned xgb-0123456789abcdef lstm-0123456789abcdef\n"
                + "MEMORY_BYTES free xgb-0123456789abcdef\n"));
  }

  @Override
  public void read(byte[] data) {
    Champions read;
    try {
      read = ChampionsText.read(new String(data, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException none) {
      return;
    }
    if (!ChampionsText.read(ChampionsText.write(read)).equals(read)) {
      throw new IllegalStateException("champions are written otherwise than they were read");
    }
  }
}
