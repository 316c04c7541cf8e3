package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.codec.MalformedException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * PCK certificates that were read before, at most so many, the least recently used forgotten first.
 * It holds what stands in a certificate, and nothing about whether that is to be believed. Safe for
 * use by many threads.
 */
public final class PckMemory {
  private final int certificatesMax;
  private final Map<X509Certificate, Pck> certificates = new LinkedHashMap<>(16, 0.75f, true);

  /** Remembers at most so many certificates, of some 4 KiB each. */
  public PckMemory(int certificatesMax) {
    if (certificatesMax < 0) {
      throw new IllegalArgumentException("a memory has room for 0 certificates or more");
    }
    this.certificatesMax = certificatesMax;
  }

  /**
   * A certificate of a PCK as it is used.
   *
   * @param certificate what it says
   * @param key its key, in the form that the fastest provider takes without translation
   */
  record Pck(PckCertificate certificate, PublicKey key) {}

  /**
   * Reads a certificate, or recalls what it says.
   *
   * @throws MalformedException if it is none of a PCK
   */
  Pck read(X509Certificate certificate) {
    Optional<Pck> known = find(certificate);
    return known.isPresent() ? known.get() : remember(certificate, readAnew(certificate));
  }

  private static Pck readAnew(X509Certificate certificate) {
    PckCertificate content = PckCertificate.of(certificate);
    PublicKey key =
        P256.key(certificate.getPublicKey())
            .orElseThrow(() -> new MalformedException("its key is not on P-256"));
    return new Pck(content, key);
  }

  private synchronized Optional<Pck> find(X509Certificate certificate) {
    return Optional.ofNullable(certificates.get(certificate));
  }

  private synchronized Pck remember(X509Certificate certificate, Pck pck) {
    if (certificatesMax > 0) {
      certificates.put(certificate, pck);
      if (certificates.size() > certificatesMax) {
        certificates.remove(certificates.keySet().iterator().next());
      }
    }
    return pck;
  }
}
