package dev.holdfast.attestation.nitro;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The content of an attestation document, as read and not yet believed (AWS Nitro Enclaves,
 * "Verifying the root of trust", AttestationDocument).
 *
 * @param moduleId the enclave's identifier, at most 128 bytes
 * @param timestampMillis when the document was made, milliseconds since 1970
 * @param pcrs the registers by index, 0 to 31; each 32, 48 or 64 bytes
 * @param certificate the certificate of the key that signed, DER
 * @param bundle the certificates of its issuers, the root first, DER
 * @param publicKey what the enclave put there; empty if absent
 * @param userData what the enclave put there; empty if absent
 * @param nonce what the enclave put there; empty if absent
 */
public record NitroDocument(
    String moduleId,
    long timestampMillis,
    Map<Integer, Bytes> pcrs,
    Bytes certificate,
    List<Bytes> bundle,
    Optional<Bytes> publicKey,
    Optional<Bytes> userData,
    Optional<Bytes> nonce) {
  /** The hash that every register is kept with. */
  public static final String DIGEST = "SHA384";

  /** The register of the enclave's image; all zero in debug mode. */
  public static final int IMAGE = 0;

  private static final String WHAT = "the attestation document";
  private static final int MODULE_ID_MAX_BYTES = 128;
  private static final int CERTIFICATE_MAX_BYTES = 1024;
  private static final int BUNDLE_MAX = 16;
  private static final int DATA_MAX_BYTES = 1024;
  private static final int PCRS_MAX = 32;

  /** Copies the collections. */
  public NitroDocument {
    pcrs = Map.copyOf(pcrs);
    bundle = List.copyOf(bundle);
  }

  /**
   * Reads the members of a payload that was read as CBOR.
   *
   * @throws MalformedException if one is missing, of another type, or too long
   */
  static NitroDocument read(Cbor map) {
    String moduleId = map.required("module_id", WHAT).text("module_id");
    int length = moduleId.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length > MODULE_ID_MAX_BYTES) {
      throw new MalformedException("module_id has " + length + " bytes");
    }
    String digest = map.required("digest", WHAT).text("digest");
    if (!digest.equals(DIGEST)) {
      throw new MalformedException("digest is not " + DIGEST);
    }
    long timestamp = map.required("timestamp", WHAT).number(1, Long.MAX_VALUE, "timestamp");
    return new NitroDocument(
        moduleId,
        timestamp,
        pcrs(map.required("pcrs", WHAT)),
        certificate(map.required("certificate", WHAT), "certificate"),
        bundle(map.required("cabundle", WHAT)),
        data(map, "public_key"),
        data(map, "user_data"),
        data(map, "nonce"));
  }

  private static Map<Integer, Bytes> pcrs(Cbor map) {
    List<Cbor.Entry> entries = map.entries("pcrs");
    if (entries.isEmpty() || entries.size() > PCRS_MAX) {
      throw new MalformedException("pcrs has " + entries.size() + " registers");
    }
    Map<Integer, Bytes> pcrs = new TreeMap<>();
    for (Cbor.Entry entry : entries) {
      int index = (int) entry.key().number(0, PCRS_MAX - 1L, "the index of a register");
      Bytes value = entry.value().bytes("a register");
      if (value.length() != 32 && value.length() != 48 && value.length() != 64) {
        throw new MalformedException("register " + index + " has " + value.length() + " bytes");
      }
      pcrs.put(index, value);
    }
    if (!pcrs.containsKey(IMAGE)) {
      throw new MalformedException("pcrs has no register 0, which tells debug mode");
    }
    return pcrs;
  }

  private static Bytes certificate(Cbor item, String what) {
    return item.bytes(1, CERTIFICATE_MAX_BYTES, what);
  }

  private static List<Bytes> bundle(Cbor array) {
    List<Cbor> items = array.elements("cabundle");
    if (items.isEmpty() || items.size() > BUNDLE_MAX) {
      throw new MalformedException("cabundle has " + items.size() + " certificates");
    }
    List<Bytes> bundle = new ArrayList<>();
    items.forEach(item -> bundle.add(certificate(item, "a certificate of cabundle")));
    return bundle;
  }

  private static Optional<Bytes> data(Cbor map, String name) {
    return map.member(name, WHAT)
        .filter(item -> !item.isNull())
        .map(item -> item.bytes(0, DATA_MAX_BYTES, name));
  }

  /** Whether the enclave runs in debug mode: its image is not measured. */
  public boolean isDebug() {
    Bytes image = pcrs.getOrDefault(IMAGE, Bytes.EMPTY);
    return image.equals(Bytes.of(new byte[image.length()]));
  }

  /** The signing certificate first, then its issuers up to the root. */
  List<Bytes> path() {
    List<Bytes> path = new ArrayList<>();
    path.add(certificate);
    path.addAll(bundle.reversed());
    return path;
  }
}
