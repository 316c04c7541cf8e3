package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.collateral.IsvLevel;
import dev.holdfast.attestation.collateral.QeIdentity;
import dev.holdfast.attestation.collateral.TcbInfo;
import dev.holdfast.attestation.collateral.TcbLevel;
import dev.holdfast.attestation.collateral.VerifiedCollateral;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What collateral says of a platform and of its quoting enclave. */
final class TcbJudgement {
  private TcbJudgement() {}

  /** Whether the collateral is about this platform, and not older than what was seen before. */
  static void checkPlatform(
      TcbInfo.Tee tee,
      PckCertificate pck,
      VerifiedCollateral collateral,
      TcbPolicy policy,
      List<Finding> findings) {
    TcbInfo info = collateral.tcbInfo();
    if (info.tee() != tee
        || !info.fmspc().equals(pck.fmspc())
        || info.pceId().map(id -> id != pck.pceId()).orElse(false)) {
      findings.add(
          Finding.against(Reason.COLLATERAL_MISMATCH, "the TCB info is about another platform")
              .at("collateral/tcb-info")
              .expecting(tee + " of FMSPC " + pck.fmspc().hex())
              .finding(info.tee() + " of FMSPC " + info.fmspc().hex())
              .remedy("Fetch the TCB info of this platform's FMSPC."));
    }
    long least = policy.evaluationDataNumberLeast();
    checkNumber("tcb-info", info.evaluationDataNumber(), least, findings);
    checkNumber("qe-identity", collateral.qeIdentity().evaluationDataNumber(), least, findings);
  }

  private static void checkNumber(String name, long number, long least, List<Finding> findings) {
    if (number < least) {
      findings.add(
          Finding.against(
                  Reason.COLLATERAL_STALE, name + " is older than collateral that was seen before")
              .at("collateral/" + name)
              .expecting("tcbEvaluationDataNumber " + least + " or more")
              .finding(Long.toString(number))
              .remedy("Fetch it anew."));
    }
  }

  /** Whether the enclave that made the quote is the one described (PCS API 4, 4.7). */
  static void checkQuotingEnclave(
      QeIdentity.Id id,
      EnclaveReport qe,
      VerifiedCollateral collateral,
      TcbState state,
      List<Finding> findings) {
    QeIdentity identity = collateral.qeIdentity();
    List<String> wrong = new ArrayList<>();
    if (identity.id() != id) {
      wrong.add("the identity is of " + identity.id() + ", not of " + id);
    }
    if (!identity.mrSigner().equals(qe.mrSigner())) {
      wrong.add("MRSIGNER differs");
    }
    if (identity.isvProdId() != qe.isvProdId()) {
      wrong.add("ISVPRODID is " + qe.isvProdId() + ", not " + identity.isvProdId());
    }
    if (!masked(qe.miscSelect(), identity.miscSelectMask()).equals(identity.miscSelect())) {
      wrong.add("MISCSELECT differs");
    }
    if (!masked(qe.attributes(), identity.attributesMask()).equals(identity.attributes())) {
      wrong.add("ATTRIBUTES differ");
    }
    if (!wrong.isEmpty()) {
      findings.add(
          Finding.against(
                  Reason.QE_IDENTITY,
                  "the quoting enclave is not the one that the collateral describes: "
                      + String.join(", ", wrong))
              .at("qe/mrsigner")
              .expecting(identity.mrSigner().hex())
              .finding(qe.mrSigner().hex())
              .remedy("Hand in the identity of " + id + ", or update the platform's software."));
      return;
    }
    Optional<IsvLevel> level = IsvLevel.of(identity.levels(), qe.isvSvn());
    if (level.isEmpty()) {
      findings.add(
          none("the quoting enclave's ISVSVN " + qe.isvSvn() + " reaches no level", "qe/isv-svn"));
      return;
    }
    state.add(new TcbState.Part("quoting enclave", level.get().status(), level.get().advisories()));
  }

  /** The first level that the platform reaches (PCS API 4, 4.5). */
  static <B extends ReportBody> void checkLevel(
      TeeRules<B> rules,
      B body,
      PckCertificate pck,
      VerifiedCollateral collateral,
      TcbState state,
      List<Finding> findings) {
    for (TcbLevel level : collateral.tcbInfo().levels()) {
      if (level.reachedBy(pck.components(), pck.pceSvn()) && rules.reaches(body, level)) {
        state.add(new TcbState.Part("platform", level.status(), level.advisories()));
        return;
      }
    }
    findings.add(
        none(
            "the platform reaches no level that the TCB info knows: components "
                + pck.components().hex()
                + ", PCESVN "
                + pck.pceSvn(),
            "tcb/status"));
  }

  private static Finding none(String words, String claim) {
    return Finding.against(Reason.TCB_OUT_OF_DATE, words)
        .at(claim)
        .remedy("Update the platform, and send a quote with its new PCK certificate.");
  }

  static Bytes masked(Bytes value, Bytes mask) {
    byte[] result = value.toByteArray();
    for (int i = 0; i < result.length; i++) {
      result[i] &= (byte) mask.at(i);
    }
    return Bytes.of(result);
  }
}
