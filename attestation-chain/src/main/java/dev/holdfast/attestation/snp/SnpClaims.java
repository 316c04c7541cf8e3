package dev.holdfast.attestation.snp;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a report proves, once its signature and its key's certificate are right. */
final class SnpClaims {
  private static final Map<Integer, String> PLATFORM =
      Map.of(
          0, "smt",
          1, "tsme",
          2, "ecc",
          3, "power-metering-off",
          4, "ciphertext-hiding",
          5, "alias-check-complete",
          7, "tio");

  private SnpClaims() {}

  static List<Claim> of(SnpReport report, EndorsementKeyCertificate certificate) {
    List<Claim> claims = new ArrayList<>();
    claims.add(new Claim.BoundData(report.reportData()));
    measurements(report, claims);
    policy(report.policy(), claims);
    PLATFORM.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            bit ->
                claims.add(
                    new Claim.Flag(
                        "snp/platform/" + bit.getValue(),
                        report.platformInfo().bit(bit.getKey()))));
    claims.add(new Claim.Version("snp/report-version", report.version()));
    claims.add(new Claim.Version("snp/guest-svn", report.guestSvn()));
    claims.add(new Claim.Version("snp/vmpl", report.vmpl()));
    claims.add(new Claim.Word("snp/signer", certificate.signer().name()));
    claims.add(new Claim.Word("snp/product", certificate.productName()));
    certificate.provider().ifPresent(name -> claims.add(new Claim.Word("snp/provider", name)));
    report
        .processor()
        .ifPresent(
            processor -> {
              claims.add(new Claim.Version("snp/processor/family", processor.family()));
              claims.add(new Claim.Version("snp/processor/model", processor.model()));
              claims.add(new Claim.Version("snp/processor/stepping", processor.stepping()));
            });
    levels(report.levels(), certificate.product(), claims);
    report
        .mitigations()
        .ifPresent(
            mitigations -> {
              claims.add(bits("snp/mitigations/launch", mitigations.launch()));
              claims.add(bits("snp/mitigations/current", mitigations.current()));
            });
    return claims;
  }

  private static void measurements(SnpReport report, List<Claim> claims) {
    claims.add(new Claim.Measurement("snp/measurement", report.measurement()));
    claims.add(new Claim.Measurement("snp/host-data", report.hostData()));
    claims.add(new Claim.Measurement("snp/family-id", report.familyId()));
    claims.add(new Claim.Measurement("snp/image-id", report.imageId()));
    claims.add(new Claim.Measurement("snp/id-key-digest", report.idKeyDigest()));
    if (report.signerInfo().authorKey()) {
      claims.add(new Claim.Measurement("snp/author-key-digest", report.authorKeyDigest()));
    }
    claims.add(new Claim.Measurement("snp/report-id", report.reportId()));
    claims.add(new Claim.Measurement("snp/report-id-ma", report.reportIdMa()));
    if (!report.chipIdMasked()) {
      claims.add(new Claim.Measurement("snp/chip-id", report.chipId()));
    }
  }

  private static void policy(GuestPolicy policy, List<Claim> claims) {
    claims.add(new Claim.Flag("tee/debug", policy.debug()));
    claims.add(bits("snp/policy", policy.bits()));
    claims.add(new Claim.Version("snp/policy/abi-major", policy.abiMajor()));
    claims.add(new Claim.Version("snp/policy/abi-minor", policy.abiMinor()));
    claims.add(new Claim.Flag("snp/policy/smt", policy.smt()));
    claims.add(new Claim.Flag("snp/policy/migration-agent", policy.migrationAgent()));
    claims.add(new Claim.Flag("snp/policy/single-socket", policy.singleSocket()));
    claims.add(new Claim.Flag("snp/policy/cxl", policy.cxl()));
    claims.add(new Claim.Flag("snp/policy/memory-aes-256-xts", policy.memoryAes256Xts()));
    claims.add(new Claim.Flag("snp/policy/power-metering-off", policy.powerMeteringOff()));
    claims.add(new Claim.Flag("snp/policy/ciphertext-hiding", policy.ciphertextHiding()));
    claims.add(new Claim.Flag("snp/policy/page-swap-off", policy.pageSwapOff()));
  }

  private static void levels(SnpReport.Levels levels, SnpProduct product, List<Claim> claims) {
    tcb("reported", levels.reported(), product, claims);
    tcb("current", levels.current(), product, claims);
    tcb("committed", levels.committed(), product, claims);
    tcb("launch", levels.launch(), product, claims);
    claims.add(new Claim.Flag("snp/firmware/provisional", levels.provisional()));
    claims.add(new Claim.Word("snp/firmware/current", version(levels.currentVersion())));
    claims.add(new Claim.Word("snp/firmware/committed", version(levels.committedVersion())));
  }

  private static void tcb(String name, Bytes eight, SnpProduct product, List<Claim> claims) {
    SnpTcb.read(eight, product)
        .named(product)
        .forEach((part, svn) -> claims.add(new Claim.Version("snp/tcb/" + name + "/" + part, svn)));
  }

  /** Build, minor and major as major.minor.build. */
  private static String version(Bytes three) {
    return three.at(2) + "." + three.at(1) + "." + three.at(0);
  }

  private static Claim bits(String name, long bits) {
    return new Claim.Measurement(
        name, Bytes.of(ByteBuffer.allocate(Long.BYTES).putLong(bits).array()));
  }
}
