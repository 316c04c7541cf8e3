package dev.holdfast.attestation.dice;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.x509.Certificates;
import dev.holdfast.attestation.x509.Der;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Enumerated;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.jspecify.annotations.Nullable;

/** Reads the extensions of DICE in a certificate, bounded and exactly to their ends. */
public final class DiceLayerParser {
  private static final String ALTERNATIVE_NAME = "2.5.29.17";
  private static final int EXTENSION_MAX_BYTES = 16 * 1024;
  private static final int FWIDS_MAX = 16;
  private static final int INFOS_MAX = 32;
  private static final int TEXT_MAX_BYTES = 128;
  private static final int DIGEST_MAX_BYTES = 64;
  private static final int UEID_MAX_BYTES = 64;
  private static final int OTHER_NAME = 0;

  private final List<Fwid> fwids = new ArrayList<>();
  private final List<TcbInfo> infos = new ArrayList<>();

  private DiceLayerParser() {}

  /**
   * Reads what a certificate says; all empty if it has none of the extensions.
   *
   * @throws MalformedException if one of them cannot be read
   */
  public static DiceLayer parse(X509Certificate certificate) {
    try {
      return new DiceLayerParser().read(certificate);
    } catch (IOException | RuntimeException e) {
      // BouncyCastle throws many kinds for DER that is not what it should be.
      throw e instanceof MalformedException malformed
          ? malformed
          : new MalformedException("an extension of DICE cannot be read");
    }
  }

  private DiceLayer read(X509Certificate certificate) throws IOException {
    Optional<ASN1Primitive> info = extension(certificate, DiceLayer.TCB_INFO);
    if (info.isPresent()) {
      tcbInfo(ASN1Sequence.getInstance(info.get()));
    }
    Optional<ASN1Primitive> multi = extension(certificate, DiceLayer.MULTI_TCB_INFO);
    if (multi.isPresent()) {
      ASN1Sequence sequence = ASN1Sequence.getInstance(multi.get());
      atMost(sequence.size(), INFOS_MAX, "DiceMultiTcbInfo");
      for (ASN1Encodable element : sequence) {
        tcbInfo(ASN1Sequence.getInstance(element));
      }
    }
    Optional<ASN1Primitive> names = extension(certificate, ALTERNATIVE_NAME);
    if (names.isPresent()) {
      alternativeNames(ASN1Sequence.getInstance(names.get()));
    }
    return new DiceLayer(
        fwids, infos, ueid(certificate), openDice(extension(certificate, DiceLayer.OPEN_DICE)));
  }

  private static Optional<Bytes> ueid(X509Certificate certificate) throws IOException {
    Optional<ASN1Primitive> ueid = extension(certificate, DiceLayer.UEID);
    if (ueid.isEmpty()) {
      return Optional.empty();
    }
    ASN1Sequence sequence = ASN1Sequence.getInstance(ueid.get());
    exactly(sequence.size(), 1, "DiceUeid");
    Bytes value = octets(sequence.getObjectAt(0));
    atMost(value.length(), UEID_MAX_BYTES, "a UEID");
    return Optional.of(value);
  }

  /** RIoT devices put the composite device identifier into another name (TCG, tagged as DICE). */
  private void alternativeNames(ASN1Sequence names) {
    for (ASN1Encodable name : names) {
      ASN1TaggedObject tagged = ASN1TaggedObject.getInstance(name);
      if (tagged.getTagNo() != OTHER_NAME) {
        continue;
      }
      ASN1Sequence other = ASN1Sequence.getInstance(tagged, false);
      if (other.size() == 2
          && ASN1ObjectIdentifier.getInstance(other.getObjectAt(0))
              .getId()
              .equals(DiceLayer.TCB_INFO)) {
        ASN1Encodable value = other.getObjectAt(1);
        tcbInfo(
            value instanceof ASN1TaggedObject explicit
                ? ASN1Sequence.getInstance(explicit, true)
                : ASN1Sequence.getInstance(value));
      }
    }
  }

  private void tcbInfo(ASN1Sequence sequence) {
    if (sequence.size() > 0 && sequence.getObjectAt(0) instanceof ASN1Integer) {
      compositeDeviceId(sequence);
      return;
    }
    TcbInfo info = fields(sequence);
    fwids.addAll(info.fwids());
    infos.add(info);
    atMost(fwids.size(), FWIDS_MAX * INFOS_MAX, "the digests of a certificate");
  }

  /** SEQUENCE { version 1, the device's key, FWID }: the form before DiceTcbInfo. */
  private void compositeDeviceId(ASN1Sequence sequence) {
    exactly(sequence.size(), 3, "a composite device identifier");
    if (!ASN1Integer.getInstance(sequence.getObjectAt(0)).hasValue(1)) {
      throw new MalformedException("a composite device identifier of another version than 1");
    }
    ASN1Sequence.getInstance(sequence.getObjectAt(1));
    fwids.add(fwid(sequence.getObjectAt(2)));
  }

  private static TcbInfo fields(ASN1Sequence sequence) {
    ASN1TaggedObject[] byTag = new ASN1TaggedObject[11];
    int last = -1;
    for (ASN1Encodable element : sequence) {
      ASN1TaggedObject tagged = ASN1TaggedObject.getInstance(element);
      int tag = tagged.getTagNo();
      if (!tagged.hasContextTag() || tag <= last || tag >= byTag.length) {
        throw new MalformedException("a DiceTcbInfo has a field that is unknown or out of order");
      }
      byTag[tag] = tagged;
      last = tag;
    }
    return new TcbInfo(
        text(byTag[0]),
        text(byTag[1]),
        text(byTag[2]),
        number(byTag[3]),
        number(byTag[4]),
        number(byTag[5]),
        fwidList(byTag[6]),
        flags(byTag[7], byTag[10]),
        value(byTag[8]),
        value(byTag[9]));
  }

  private static Optional<String> text(@Nullable ASN1TaggedObject tagged) {
    if (tagged == null) {
      return Optional.empty();
    }
    String text = ASN1UTF8String.getInstance(tagged, false).getString();
    atMost(text.length(), TEXT_MAX_BYTES, "a text of DiceTcbInfo");
    return Optional.of(text);
  }

  private static OptionalLong number(@Nullable ASN1TaggedObject tagged) {
    if (tagged == null) {
      return OptionalLong.empty();
    }
    BigInteger value = ASN1Integer.getInstance(tagged, false).getValue();
    if (value.signum() < 0 || value.bitLength() > 63) {
      throw new MalformedException("a number of DiceTcbInfo is out of range");
    }
    return OptionalLong.of(value.longValueExact());
  }

  private static List<Fwid> fwidList(@Nullable ASN1TaggedObject tagged) {
    if (tagged == null) {
      return List.of();
    }
    ASN1Sequence sequence = ASN1Sequence.getInstance(tagged, false);
    atMost(sequence.size(), FWIDS_MAX, "the digests of a DiceTcbInfo");
    List<Fwid> list = new ArrayList<>();
    for (ASN1Encodable element : sequence) {
      list.add(fwid(element));
    }
    return list;
  }

  private static Fwid fwid(ASN1Encodable encodable) {
    ASN1Sequence sequence = ASN1Sequence.getInstance(encodable);
    exactly(sequence.size(), 2, "a FWID");
    Bytes digest = octets(sequence.getObjectAt(1));
    if (digest.isEmpty()) {
      throw new MalformedException("a FWID without a digest");
    }
    atMost(digest.length(), DIGEST_MAX_BYTES, "the digest of a FWID");
    return new Fwid(ASN1ObjectIdentifier.getInstance(sequence.getObjectAt(0)).getId(), digest);
  }

  /** A flag counts where it is set, whether the mask covers it or not: the cautious reading. */
  private static Set<OperationalFlag> flags(
      @Nullable ASN1TaggedObject tagged, @Nullable ASN1TaggedObject mask) {
    if (mask != null) {
      ASN1BitString.getInstance(mask, false);
    }
    EnumSet<OperationalFlag> set = EnumSet.noneOf(OperationalFlag.class);
    if (tagged == null) {
      return set;
    }
    byte[] bits = ASN1BitString.getInstance(tagged, false).getBytes();
    for (OperationalFlag flag : OperationalFlag.values()) {
      if (bits.length > 0 && (bits[0] & 0x80 >> flag.bit()) != 0) {
        set.add(flag);
      }
    }
    return set;
  }

  private static Optional<Bytes> value(@Nullable ASN1TaggedObject tagged) {
    return tagged == null
        ? Optional.empty()
        : Optional.of(Bytes.of(ASN1OctetString.getInstance(tagged, false).getOctets()));
  }

  private static Optional<OpenDiceInput> openDice(Optional<ASN1Primitive> extension) {
    if (extension.isEmpty()) {
      return Optional.empty();
    }
    ASN1TaggedObject[] byTag = new ASN1TaggedObject[8];
    int last = -1;
    for (ASN1Encodable element : ASN1Sequence.getInstance(extension.get())) {
      ASN1TaggedObject tagged = ASN1TaggedObject.getInstance(element);
      int tag = tagged.getTagNo();
      if (!tagged.hasContextTag() || tag <= last || tag >= byTag.length) {
        throw new MalformedException("an Open DICE input is unknown or out of order");
      }
      byTag[tag] = tagged;
      last = tag;
    }
    return Optional.of(
        new OpenDiceInput(hash(byTag[0]), hash(byTag[2]), hash(byTag[4]), mode(byTag[6])));
  }

  private static Optional<Bytes> hash(@Nullable ASN1TaggedObject tagged) {
    if (tagged == null) {
      return Optional.empty();
    }
    Bytes digest = Bytes.of(ASN1OctetString.getInstance(tagged, true).getOctets());
    atMost(digest.length(), DIGEST_MAX_BYTES, "a digest of an Open DICE input");
    return Optional.of(digest);
  }

  private static OpenDiceInput.Mode mode(@Nullable ASN1TaggedObject tagged) {
    if (tagged == null) {
      return OpenDiceInput.Mode.NOT_CONFIGURED;
    }
    int mode = ASN1Enumerated.getInstance(tagged, true).intValueExact();
    return switch (mode) {
      case 0 -> OpenDiceInput.Mode.NOT_CONFIGURED;
      case 1 -> OpenDiceInput.Mode.NORMAL;
      case 2 -> OpenDiceInput.Mode.DEBUG;
      case 3 -> OpenDiceInput.Mode.RECOVERY;
      default -> throw new MalformedException("no Open DICE mode has the number " + mode);
    };
  }

  private static Bytes octets(ASN1Encodable encodable) {
    return Bytes.of(ASN1OctetString.getInstance(encodable).getOctets());
  }

  private static Optional<ASN1Primitive> extension(X509Certificate certificate, String oid)
      throws IOException {
    Optional<Bytes> content = Certificates.extension(certificate, oid);
    if (content.isEmpty()) {
      return Optional.empty();
    }
    atMost(content.get().length(), EXTENSION_MAX_BYTES, "an extension");
    Der.check(content.get(), "extension " + oid);
    return Optional.of(ASN1Primitive.fromByteArray(content.get().toByteArray()));
  }

  private static void atMost(int count, int max, String what) {
    if (count > max) {
      throw new MalformedException(what + " has " + count + ", more than " + max);
    }
  }

  private static void exactly(int count, int wanted, String what) {
    if (count != wanted) {
      throw new MalformedException(what + " has " + count + " parts instead of " + wanted);
    }
  }
}
