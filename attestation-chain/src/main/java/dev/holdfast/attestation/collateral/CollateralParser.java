package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.collateral.TcbInfo.Tee;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads TCB info and enclave identities as Intel's provisioning service answers them (PCS API 3 and
 * 4). Members that are not known are free, as the service adds some from time to time; members that
 * occur twice are not.
 */
public final class CollateralParser {
  private static final int SVN_MAX = 0xffff;
  private static final int COMPONENT_MAX = 0xff;
  private static final int DIGEST_384 = 48;
  private static final String COMPONENTS_SGX = "sgxtcbcomponents";
  private static final String COMPONENTS_TDX = "tdxtcbcomponents";

  private CollateralParser() {}

  /** Reads TCB info, version 2 or 3; never throws. */
  public static Reading<TcbInfo> tcbInfo(Bytes document) {
    return read(document, "tcbInfo", "TCB info", CollateralParser::tcbInfo);
  }

  /** Reads an enclave identity, version 2; never throws. */
  public static Reading<QeIdentity> qeIdentity(Bytes document) {
    return read(document, "enclaveIdentity", "the QE identity", CollateralParser::qeIdentity);
  }

  private static <T> Reading<T> read(
      Bytes document, String member, String what, Function<Members, T> reader) {
    try {
      SignedJson json = SignedJson.read(document, member, what);
      return new Reading.Legible<>(reader.apply(json.content()), json.signed(), json.signature());
    } catch (CollateralException e) {
      return illegible(what, e.reason(), e.words());
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed.
      return illegible(what, Reason.EVIDENCE_MALFORMED, e.getClass().getSimpleName());
    }
  }

  private static <T> Reading<T> illegible(String what, Reason reason, String words) {
    return new Reading.Illegible<>(
        Finding.against(reason, what + " cannot be used: " + words)
            .at("collateral/" + (what.startsWith("TCB") ? "tcb-info" : "qe-identity"))
            .remedy("Send the body exactly as the provisioning service answered it."));
  }

  private static TcbInfo tcbInfo(Members in) {
    int version = (int) in.integer("version", SVN_MAX);
    if (version != 2 && version != 3) {
      throw CollateralException.schema("TCB info has version 2 or 3, not " + version);
    }
    Tee tee = version == 3 ? choice(Tee.values(), in.text("id"), "id") : Tee.SGX;
    if (in.integer("tcbType", COMPONENT_MAX) != 0) {
      throw CollateralException.schema("the only known tcbType is 0");
    }
    Optional<Integer> pceId =
        version == 2 && !in.has("pceId")
            ? Optional.empty()
            : Optional.of(bigEndian(in.hex("pceId", 2)));
    List<TcbLevel> levels = new ArrayList<>();
    in.objects("tcbLevels").forEach(level -> levels.add(level(level, version, tee)));
    return new TcbInfo(
        version,
        tee,
        in.time("issueDate"),
        in.time("nextUpdate"),
        in.hex("fmspc", 6),
        pceId,
        in.integer("tcbEvaluationDataNumber", Integer.MAX_VALUE),
        tee == Tee.TDX ? modules(in) : List.of(),
        levels);
  }

  private static TcbLevel level(Members in, int version, Tee tee) {
    Members tcb = in.object("tcb");
    Bytes components;
    if (version == 2) {
      byte[] svns = new byte[TcbLevel.COMPONENTS];
      for (int i = 0; i < svns.length; i++) {
        svns[i] = (byte) tcb.integer("sgxtcbcomp%02dsvn".formatted(i + 1), COMPONENT_MAX);
      }
      components = Bytes.of(svns);
    } else {
      components = components(tcb, COMPONENTS_SGX);
    }
    return new TcbLevel(
        components,
        (int) tcb.integer("pcesvn", SVN_MAX),
        tee == Tee.TDX ? Optional.of(components(tcb, COMPONENTS_TDX)) : Optional.empty(),
        in.time("tcbDate"),
        in.status("tcbStatus"),
        in.texts("advisoryIDs"));
  }

  private static Bytes components(Members tcb, String name) {
    List<Members> list = tcb.objects(name);
    if (list.size() != TcbLevel.COMPONENTS) {
      throw CollateralException.schema(name + " has 16 components, not " + list.size());
    }
    byte[] svns = new byte[TcbLevel.COMPONENTS];
    for (int i = 0; i < svns.length; i++) {
      svns[i] = (byte) list.get(i).integer("svn", COMPONENT_MAX);
    }
    return Bytes.of(svns);
  }

  private static List<TdxModule> modules(Members in) {
    List<TdxModule> modules = new ArrayList<>();
    modules.add(module(in.object("tdxModule"), "", List.of()));
    if (in.has("tdxModuleIdentities")) {
      for (Members identity : in.objects("tdxModuleIdentities")) {
        modules.add(module(identity, identity.text("id"), isvLevels(identity)));
      }
    }
    return modules;
  }

  private static TdxModule module(Members in, String id, List<IsvLevel> levels) {
    return new TdxModule(
        id,
        in.hex("mrsigner", DIGEST_384),
        in.hex("attributes", 8),
        in.hex("attributesMask", 8),
        levels);
  }

  private static QeIdentity qeIdentity(Members in) {
    long version = in.integer("version", SVN_MAX);
    if (version != 2) {
      throw CollateralException.schema("an enclave identity has version 2, not " + version);
    }
    return new QeIdentity(
        choice(QeIdentity.Id.values(), in.text("id"), "id"),
        in.time("issueDate"),
        in.time("nextUpdate"),
        in.integer("tcbEvaluationDataNumber", Integer.MAX_VALUE),
        in.hex("miscselect", 4),
        in.hex("miscselectMask", 4),
        in.hex("attributes", 16),
        in.hex("attributesMask", 16),
        in.hex("mrsigner", 32),
        (int) in.integer("isvprodid", SVN_MAX),
        isvLevels(in));
  }

  private static List<IsvLevel> isvLevels(Members in) {
    List<IsvLevel> levels = new ArrayList<>();
    for (Members level : in.objects("tcbLevels")) {
      levels.add(
          new IsvLevel(
              (int) level.object("tcb").integer("isvsvn", SVN_MAX),
              level.time("tcbDate"),
              level.status("tcbStatus"),
              level.texts("advisoryIDs")));
    }
    return levels;
  }

  private static <E extends Enum<E>> E choice(E[] values, String word, String name) {
    return Arrays.stream(values)
        .filter(value -> value.name().equals(word))
        .findFirst()
        .orElseThrow(
            () -> CollateralException.schema(name + " is none of " + Arrays.toString(values)));
  }

  private static int bigEndian(Bytes two) {
    return two.at(0) << 8 | two.at(1);
  }
}
