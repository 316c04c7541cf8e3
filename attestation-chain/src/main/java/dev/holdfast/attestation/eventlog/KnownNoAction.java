package dev.holdfast.attestation.eventlog;

import dev.holdfast.attestation.Bytes;
import java.util.List;

/**
 * The EV_NO_ACTION entries that the specification knows (PC Client Platform Firmware Profile 1.06,
 * 10.4.5): they inform and extend nothing, so any other would be an entry that nobody accounts for.
 */
final class KnownNoAction {
  private static final List<Bytes> FIRST =
      List.of(
          Bytes.utf8("Spec ID Event00\0"),
          Bytes.utf8("Spec ID Event02\0"),
          Bytes.utf8("Spec ID Event03\0"));
  private static final List<Bytes> ANYWHERE =
      List.of(
          Bytes.utf8("StartupLocality\0"),
          Bytes.utf8("SP800-155 Event\0"),
          Bytes.utf8("SP800-155 Event2"),
          Bytes.utf8("SP800-155 Event3"));

  private KnownNoAction() {}

  static boolean matches(int ordinal, Bytes data) {
    List<Bytes> known = ordinal == 0 ? FIRST : ANYWHERE;
    return known.stream().anyMatch(data::startsWith);
  }
}
