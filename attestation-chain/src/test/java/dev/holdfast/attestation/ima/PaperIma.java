package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A kernel made of paper: it measures whatever it is told to, in both forms at once. */
public final class PaperIma {
  private final List<Bytes> binary = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private final Map<PcrBank, Bytes> registers = new EnumMap<>(PcrBank.class);
  private final List<Map<PcrBank, Bytes>> extensions = new ArrayList<>();

  public PaperIma() {
    registers.putAll(ImaProgress.BOOT.registers());
  }

  /** {@code ima-ng}. */
  public PaperIma file(String path, Bytes content) {
    return fields("ima-ng", digest(content), name(path));
  }

  /** {@code ima-sig}; an empty signature is none. */
  public PaperIma signed(String path, Bytes content, Bytes signature) {
    return fields("ima-sig", digest(content), name(path), signature);
  }

  /** {@code ima-modsig} with a signature at the file's end only; empty fields are none. */
  PaperIma module(String path, Bytes whole, Bytes moduleDigest, Bytes message) {
    return fields("ima-modsig", digest(whole), name(path), Bytes.EMPTY, moduleDigest, message);
  }

  /** {@code ima-buf}. */
  public PaperIma buffer(String name, Bytes content) {
    return fields("ima-buf", digest(content), name(name), content);
  }

  /** {@code ima}, the first form. */
  PaperIma old(String path, Bytes content) {
    Bytes digest = PcrBank.SHA1.hash(content);
    Bytes raw = Bytes.utf8(path);
    Bytes data = Bytes.concat(digest, raw, Bytes.of(new byte[256 - raw.length()]));
    Bytes hash = extend(data);
    binary.add(Bytes.concat(u32(10), hash, sized(Bytes.utf8("ima")), digest, sized(raw)));
    text.append("10 " + hash.hex() + " ima " + digest.hex() + " " + path + "\n");
    return this;
  }

  /** A file that changed while it was measured. */
  public PaperIma violation(String path) {
    Bytes data = joined(digest(Bytes.EMPTY), name(path));
    extend(
        bank -> {
          byte[] ones = new byte[bank.digestLength()];
          Arrays.fill(ones, (byte) 0xff);
          return Bytes.of(ones);
        });
    Bytes zeros = Bytes.of(new byte[20]);
    binary.add(Bytes.concat(u32(10), zeros, sized(Bytes.utf8("ima-ng")), sized(data)));
    text.append("10 " + zeros.hex() + " ima-ng " + words(digest(Bytes.EMPTY)));
    text.append(" " + path + "\n");
    return this;
  }

  PaperIma fields(String template, Bytes... fields) {
    Bytes data = joined(fields);
    Bytes hash = extend(data);
    binary.add(Bytes.concat(u32(10), hash, sized(Bytes.utf8(template)), sized(data)));
    text.append("10 " + hash.hex() + " " + template + " " + words(fields[0]));
    Bytes name = fields[1];
    text.append(" " + ImaList.text(name.slice(0, name.length() - 1)));
    for (int i = 2; i < fields.length; i++) {
      boolean digest = template.equals("ima-modsig") && i == 3 && !fields[i].isEmpty();
      text.append(" " + (digest ? words(fields[i]) : fields[i].hex()));
    }
    text.append("\n");
    return this;
  }

  private static String words(Bytes digest) {
    int end = 0;
    while (digest.at(end) != 0) {
      end++;
    }
    return ImaList.text(digest.slice(0, end)) + digest.slice(end + 1, digest.length()).hex();
  }

  private Bytes extend(Bytes data) {
    extend(bank -> bank.hash(data));
    return PcrBank.SHA1.hash(data);
  }

  private void extend(Function<PcrBank, Bytes> measured) {
    Map<PcrBank, Bytes> extension = new EnumMap<>(PcrBank.class);
    for (PcrBank bank : PcrBank.values()) {
      extension.put(bank, measured.apply(bank));
    }
    extension.forEach(
        (bank, digest) ->
            registers.computeIfPresent(bank, (_, value) -> bank.extend(value, digest)));
    extensions.add(extension);
  }

  /** What PCR 10 was extended with, entry by entry. */
  public List<Map<PcrBank, Bytes>> extensions() {
    return List.copyOf(extensions);
  }

  /** {@code boot_aggregate}: a hash over the registers of the boot, in order. */
  public PaperIma boot(PcrBank bank, List<Bytes> booted) {
    Bytes digest = bank.hash(booted.toArray(Bytes[]::new));
    return fields(
        "ima-ng", Bytes.concat(Bytes.utf8(bank.label() + ":\0"), digest), name("boot_aggregate"));
  }

  public Bytes binary() {
    return Bytes.concat(binary.toArray(Bytes[]::new));
  }

  /** One entry. */
  public Bytes entry(int at) {
    return binary.get(at);
  }

  /** The entries from one on. */
  Bytes binary(int from) {
    return Bytes.concat(binary.subList(from, binary.size()).toArray(Bytes[]::new));
  }

  Bytes text() {
    return Bytes.utf8(text.toString());
  }

  public Map<PcrBank, Bytes> quoted(PcrBank... banks) {
    Map<PcrBank, Bytes> quoted = new EnumMap<>(PcrBank.class);
    for (PcrBank bank : banks) {
      quoted.put(bank, registers.getOrDefault(bank, Bytes.EMPTY));
    }
    return quoted;
  }

  static Bytes digest(Bytes content) {
    return Bytes.concat(Bytes.utf8("sha256:\0"), PcrBank.SHA256.hash(content));
  }

  static Bytes name(String path) {
    return Bytes.utf8(path + "\0");
  }

  /** A signature over a file's content, as evmctl makes it. */
  public static Bytes sign(KeyPair pair, Bytes content) {
    boolean rsa = pair.getPublic().getAlgorithm().equals("RSA");
    try {
      Signature signer = Signature.getInstance(rsa ? "SHA256withRSA" : "SHA256withECDSA");
      signer.initSign(pair.getPrivate());
      signer.update(content.toByteArray());
      Bytes value = Bytes.of(signer.sign());
      Bytes size = Bytes.of((byte) (value.length() >> 8), (byte) value.length());
      return Bytes.concat(Bytes.fromHex("030204"), new ImaKey(pair.getPublic()).id(), size, value);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Bytes joined(Bytes... fields) {
    Bytes all = Bytes.EMPTY;
    for (Bytes field : fields) {
      all = Bytes.concat(all, sized(field));
    }
    return all;
  }

  private static Bytes sized(Bytes content) {
    return Bytes.concat(u32(content.length()), content);
  }

  private static Bytes u32(int number) {
    return Bytes.of(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array());
  }
}
