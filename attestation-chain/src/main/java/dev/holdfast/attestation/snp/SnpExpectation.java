package dev.holdfast.attestation.snp;

import dev.holdfast.attestation.Bytes;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a report must show. Whatever is empty is not asked for; whatever is allowed must be said.
 *
 * @param reportData what REPORT_DATA must be, 64 bytes: without it, or {@code boundData}, a report
 *     proves nothing of when it was made
 * @param boundData what REPORT_DATA must begin with the SHA-256 of
 * @param hostData what HOST_DATA must be, 32 bytes
 * @param measurements launch measurements that are accepted, 48 bytes each
 * @param vmpl the privilege level that must have asked
 * @param product the product, such as {@code Milan} or {@code Milan-B0}, and its stepping
 * @param chips chips that are accepted, by their identifiers of 64 or 8 bytes
 * @param signers kinds of keys that may have signed
 * @param leastTcb the least security versions that were reported
 * @param idKeyDigests keys that may have signed the guest's identity, 48 bytes each
 * @param allowances what is refused unless it is here
 */
public record SnpExpectation(
    Optional<Bytes> reportData,
    Optional<Bytes> boundData,
    Optional<Bytes> hostData,
    Set<Bytes> measurements,
    Optional<Integer> vmpl,
    Optional<Product> product,
    Set<Bytes> chips,
    Set<SnpSigner> signers,
    Optional<SnpTcb> leastTcb,
    Set<Bytes> idKeyDigests,
    Set<Allowance> allowances) {
  /** Strict in everything, and asks for no particular guest. */
  public static final SnpExpectation STRICT =
      new SnpExpectation(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Set.of(),
          Optional.empty(),
          Optional.empty(),
          Set.of(),
          EnumSet.of(SnpSigner.VCEK, SnpSigner.VLEK),
          Optional.empty(),
          Set.of(),
          Set.of());

  /**
   * A product.
   *
   * @param name the line, such as {@code Milan}, or its name with a stepping, such as {@code
   *     Milan-B0}
   * @param stepping such as {@code B0}; empty for any
   */
  public record Product(String name, Optional<String> stepping) {}

  /** What is refused by default. */
  public enum Allowance {
    /** A guest whose memory the host may read to debug it. */
    DEBUG,
    /** A guest that a migration agent may be associated with. */
    MIGRATION_AGENT,
    /** A report of a VCEK whose chip identifier the host masks. */
    MASKED_CHIP,
    /** Firmware that the host can still go back from: current and committed version differ. */
    PROVISIONAL_FIRMWARE,
    /** No current revocation list of AMD's root key. */
    NO_REVOCATION_LIST
  }

  /** Copies the sets. */
  public SnpExpectation {
    measurements = Set.copyOf(measurements);
    chips = Set.copyOf(chips);
    signers = Set.copyOf(signers);
    idKeyDigests = Set.copyOf(idKeyDigests);
    allowances = Set.copyOf(allowances);
  }

  /** Whether it is allowed. */
  public boolean allows(Allowance allowance) {
    return allowances.contains(allowance);
  }

  /** The same with REPORT_DATA, 64 bytes. */
  public SnpExpectation withReportData(Bytes value) {
    return new SnpExpectation(
        Optional.of(value),
        boundData,
        hostData,
        measurements,
        vmpl,
        product,
        chips,
        signers,
        leastTcb,
        idKeyDigests,
        allowances);
  }

  /** The same with data whose SHA-256 REPORT_DATA begins with. */
  public SnpExpectation withBoundData(Bytes value) {
    return new SnpExpectation(
        reportData,
        Optional.of(value),
        hostData,
        measurements,
        vmpl,
        product,
        chips,
        signers,
        leastTcb,
        idKeyDigests,
        allowances);
  }

  /** The same with HOST_DATA, 32 bytes. */
  public SnpExpectation withHostData(Bytes value) {
    return new SnpExpectation(
        reportData,
        boundData,
        Optional.of(value),
        measurements,
        vmpl,
        product,
        chips,
        signers,
        leastTcb,
        idKeyDigests,
        allowances);
  }

  /** The same with the only launch measurements that are accepted. */
  public SnpExpectation withMeasurements(Set<Bytes> values) {
    return new SnpExpectation(
        reportData,
        boundData,
        hostData,
        values,
        vmpl,
        product,
        chips,
        signers,
        leastTcb,
        idKeyDigests,
        allowances);
  }

  /** The same with a privilege level. */
  public SnpExpectation withVmpl(int level) {
    return new SnpExpectation(
        reportData,
        boundData,
        hostData,
        measurements,
        Optional.of(level),
        product,
        chips,
        signers,
        leastTcb,
        idKeyDigests,
        allowances);
  }

  /** The same with a product. */
  public SnpExpectation withProduct(Product value) {
    return new SnpExpectation(
        reportData,
        boundData,
        hostData,
        measurements,
        vmpl,
        Optional.of(value),
        chips,
        signers,
        leastTcb,
        idKeyDigests,
        allowances);
  }

  /** The same with the only chips that are accepted. */
  public SnpExpectation withChips(Set<Bytes> values) {
    return new SnpExpectation(
        reportData,
        boundData,
        hostData,
        measurements,
        vmpl,
        product,
        values,
        signers,
        leastTcb,
        idKeyDigests,
        allowances);
  }

  /** The same with the only kinds of keys that may have signed. */
  public SnpExpectation withSigners(Set<SnpSigner> values) {
    return new SnpExpectation(
        reportData,
        boundData,
        hostData,
        measurements,
        vmpl,
        product,
        chips,
        values,
        leastTcb,
        idKeyDigests,
        allowances);
  }

  /** The same with the least security versions. */
  public SnpExpectation withLeastTcb(SnpTcb least) {
    return new SnpExpectation(
        reportData,
        boundData,
        hostData,
        measurements,
        vmpl,
        product,
        chips,
        signers,
        Optional.of(least),
        idKeyDigests,
        allowances);
  }

  /** The same with the only keys that may have signed the guest's identity. */
  public SnpExpectation withIdKeyDigests(Set<Bytes> values) {
    return new SnpExpectation(
        reportData,
        boundData,
        hostData,
        measurements,
        vmpl,
        product,
        chips,
        signers,
        leastTcb,
        values,
        allowances);
  }

  /** The same with these allowances as well. */
  public SnpExpectation allowing(Allowance... more) {
    EnumSet<Allowance> all = EnumSet.noneOf(Allowance.class);
    all.addAll(allowances);
    all.addAll(List.of(more));
    return new SnpExpectation(
        reportData,
        boundData,
        hostData,
        measurements,
        vmpl,
        product,
        chips,
        signers,
        leastTcb,
        idKeyDigests,
        all);
  }
}
