package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.cmw.CmwParser;
import java.util.List;

/** Wrappers: never an exception, and no more messages than there are bytes. */
final class CmwTarget implements Target {
  @Override
  public Class<?> reader() {
    return CmwParser.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.utf8("{\"__cmwc_t\":\"1.2.3\",\"a\":[\"a/b; c=\\\"d\\\"\",\"AQ\",4]}"),
        Bytes.utf8("[\"#cmw-c2j-tunnel\",\"ggBBAQ\"]"),
        Bytes.fromHex("a201820041016141da6374010141aa"),
        Bytes.fromHex("826f23636d772d6a32632d74756e6e656c4c5b22612f62222c224151225d"));
  }

  /** One wrapper. */
  @Override
  public void read(byte[] data) {
    switch (CmwParser.parse(Bytes.of(data))) {
      case CmwParser.Legible(var wrapper) -> {
        if (wrapper.messages().isEmpty() || wrapper.messages().size() > data.length) {
          throw new IllegalStateException("messages were read that were not sent");
        }
      }
      case CmwParser.Illegible(var finding) -> {
        if (finding.message().startsWith("reading failed with")) {
          throw new IllegalStateException(finding.message());
        }
      }
    }
  }
}
