package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.cli.CommandException;
import dev.holdfast.cli.Names;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Names as people write them: a full name of the kind, or refused. */
final class NameTarget implements Target {
  @Override
  public Class<?> reader() {
    return Names.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.utf8("acme/r7"),
        Bytes.utf8("tenants/acme/reservations/r7/grants/g1"),
        Bytes.utf8("trustZones/edge/nodes/sw-3"),
        Bytes.utf8("sha256:" + "0f".repeat(32)));
  }

  /** One name, of every kind. */
  @Override
  public void read(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    for (Names kind : Names.values()) {
      try {
        String full = kind.full(text);
        if (!kind.matches(full) || !kind.full(full).equals(full) || Names.of(full) != kind) {
          throw new IllegalStateException("\"" + full + "\" is another name");
        }
      } catch (CommandException _) {
        // It is no name of the kind.
      }
    }
    try {
      if (!Names.IMAGE.matches(Names.image(text))) {
        throw new IllegalStateException("an image has no name");
      }
    } catch (CommandException _) {
      // It is no image.
    }
    if (!text.startsWith(Names.parent(text))) {
      throw new IllegalStateException("a parent is not the beginning");
    }
  }
}
