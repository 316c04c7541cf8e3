package dev.holdfast.server.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.collateral.DcapCollateral.Signed;
import dev.holdfast.attestation.snp.EndorsementKeyCertificate;
import dev.holdfast.attestation.verifier.AmdEndorsements;
import dev.holdfast.attestation.x509.Certificates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A folder of collateral: one bundle for a kind of Intel platform, in files of fixed names, or any
 * number of AMD's certificates and lists. Names that begin with a dot are passed over; any other
 * name that is not known is an error, so that no file is forgotten for a slip of the pen.
 */
public final class CollateralFolder {
  private static final long FILE_BYTES_MAX = 4 * 1024 * 1024;
  private static final int FILES_MAX = 2048;
  private static final Pattern HEX = Pattern.compile("[0-9A-Fa-f\\s]+");
  private static final Pattern CERTIFICATE = Pattern.compile(".+\\.(pem|der|crt|cer)");
  private static final Pattern LIST = Pattern.compile(".+\\.crl");

  private static final String TCB_INFO = "tcb-info.json";
  private static final String TCB_INFO_CHAIN = "tcb-info-chain.pem";
  private static final String QE_IDENTITY = "qe-identity.json";
  private static final String QE_IDENTITY_CHAIN = "qe-identity-chain.pem";
  private static final String PCK_CRL = "pck-crl.der";
  private static final String PCK_CRL_CHAIN = "pck-crl-chain.pem";
  private static final String ROOT_CRL = "root-crl.der";
  private static final List<String> BUNDLE =
      List.of(
          TCB_INFO,
          TCB_INFO_CHAIN,
          QE_IDENTITY,
          QE_IDENTITY_CHAIN,
          PCK_CRL,
          PCK_CRL_CHAIN,
          ROOT_CRL);
  private static final Map<String, String> OTHER_FORM =
      Map.of("pck-crl.pem", PCK_CRL, "root-crl.pem", ROOT_CRL);

  private CollateralFolder() {}

  /**
   * What a folder holds, nothing of it believed yet.
   *
   * @param dcap a bundle for a kind of Intel platform
   * @param amd certificates and lists of AMD
   */
  public record Content(Optional<DcapCollateral> dcap, AmdEndorsements amd) {}

  /**
   * Reads a folder.
   *
   * @throws IOException if it cannot be read, or a file is missing, too large or not known; the
   *     message names the file
   */
  public static Content read(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + " is no folder");
    }
    Map<String, Bytes> files = files(folder);
    Map<String, Bytes> bundle = new LinkedHashMap<>();
    List<X509CRL> lists = new ArrayList<>();
    List<X509Certificate> certificates = new ArrayList<>();
    for (Map.Entry<String, Bytes> file : files.entrySet()) {
      String name = file.getKey();
      try {
        if (BUNDLE.contains(OTHER_FORM.getOrDefault(name, name))) {
          bundle.put(OTHER_FORM.getOrDefault(name, name), file.getValue());
        } else if (LIST.matcher(name).matches()) {
          lists.addAll(Certificates.parseCrls(file.getValue()));
        } else if (CERTIFICATE.matcher(name).matches()) {
          certificates.addAll(Certificates.parse(file.getValue()));
        } else {
          throw new IOException(
              folder.resolve(name)
                  + " is not known: a bundle has "
                  + String.join(", ", BUNDLE)
                  + "; AMD's have the endings .crl, .pem, .der, .crt or .cer");
        }
      } catch (MalformedException unreadable) {
        throw new IOException(folder.resolve(name) + ": " + unreadable.getMessage(), unreadable);
      }
    }
    if (files.isEmpty()) {
      throw new IOException(folder + " is empty");
    }
    return new Content(
        bundle.isEmpty() ? Optional.empty() : Optional.of(bundle(folder, bundle)),
        amd(folder, certificates, lists));
  }

  private static Map<String, Bytes> files(Path folder) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (!name.startsWith(".")) {
          names.add(name);
        }
        if (names.size() > FILES_MAX) {
          throw new IOException(folder + " has more than " + FILES_MAX + " files");
        }
      }
    }
    Map<String, Bytes> files = new LinkedHashMap<>();
    for (String name : names) {
      Path file = folder.resolve(name);
      if (!Files.isRegularFile(file) || Files.size(file) > FILE_BYTES_MAX) {
        throw new IOException(file + " is no file of at most 4 MiB");
      }
      files.put(name, Bytes.of(Files.readAllBytes(file)));
    }
    return files;
  }

  private static DcapCollateral bundle(Path folder, Map<String, Bytes> files) throws IOException {
    List<String> missing = BUNDLE.stream().filter(name -> !files.containsKey(name)).toList();
    if (!missing.isEmpty()) {
      throw new IOException(folder + " lacks " + String.join(", ", missing));
    }
    return DcapCollateral.of(
        signed(files, TCB_INFO, TCB_INFO_CHAIN),
        signed(files, QE_IDENTITY, QE_IDENTITY_CHAIN),
        signed(files, PCK_CRL, PCK_CRL_CHAIN),
        content(files, ROOT_CRL));
  }

  private static Signed signed(Map<String, Bytes> files, String body, String chain) {
    return new Signed(content(files, body), content(files, chain));
  }

  private static Bytes content(Map<String, Bytes> files, String name) {
    return files.getOrDefault(name, Bytes.EMPTY);
  }

  private static AmdEndorsements amd(
      Path folder, List<X509Certificate> certificates, List<X509CRL> lists) throws IOException {
    Map<Bytes, List<Bytes>> keys = new LinkedHashMap<>();
    List<Bytes> authorities = new ArrayList<>();
    try {
      for (X509Certificate certificate : certificates) {
        Bytes der = Bytes.of(certificate.getEncoded());
        Optional<Bytes> chip =
            EndorsementKeyCertificate.find(certificate)
                .flatMap(EndorsementKeyCertificate::chipId)
                .map(AmdEndorsements::padded);
        if (chip.isPresent()) {
          keys.computeIfAbsent(chip.get(), _ -> new ArrayList<>()).add(der);
        } else if (certificate.getBasicConstraints() >= 0) {
          authorities.add(der);
        } else {
          throw new IOException(
              folder
                  + " has a certificate of \""
                  + certificate.getSubjectX500Principal().getName()
                  + "\", which is neither a VCEK nor an authority");
        }
      }
      return new AmdEndorsements(keys, authorities, lists);
    } catch (CertificateEncodingException | IllegalArgumentException wrong) {
      throw new IOException(folder + ": " + wrong.getMessage(), wrong);
    }
  }

  /** Writes a bundle in the files of this layout, into a folder that is there. */
  static void write(Path folder, DcapCollateral bundle) throws IOException {
    write(folder, TCB_INFO, TCB_INFO_CHAIN, bundle.tcbInfo());
    write(folder, QE_IDENTITY, QE_IDENTITY_CHAIN, bundle.qeIdentity());
    write(folder, PCK_CRL, PCK_CRL_CHAIN, bundle.pckCrl());
    Files.write(folder.resolve(ROOT_CRL), bundle.rootCrl().toByteArray());
  }

  private static void write(Path folder, String body, String chain, Signed signed)
      throws IOException {
    Files.write(folder.resolve(body), signed.body().toByteArray());
    Files.write(
        folder.resolve(chain), Bytes.concat(signed.chain().toArray(Bytes[]::new)).toByteArray());
  }

  /** Writes AMD's certificates and lists, into a folder that is there. */
  static void write(Path folder, AmdEndorsements amd) throws IOException {
    int number = 0;
    for (List<Bytes> certificates : amd.endorsementKeys().values()) {
      for (Bytes certificate : certificates) {
        Files.write(folder.resolve("vcek-" + ++number + ".der"), certificate.toByteArray());
      }
    }
    number = 0;
    for (Bytes authority : amd.authorities()) {
      Files.write(folder.resolve("authority-" + ++number + ".der"), authority.toByteArray());
    }
    number = 0;
    for (X509CRL list : amd.crls()) {
      try {
        Files.write(folder.resolve("list-" + ++number + ".crl"), list.getEncoded());
      } catch (java.security.cert.CRLException wrong) {
        throw new IOException(wrong);
      }
    }
  }

  /** DER that was written in hexadecimal digits, as mirrors have it; anything else as it is. */
  static Bytes unhex(Bytes bytes) {
    if (bytes.isEmpty() || bytes.at(0) != '3') {
      return bytes;
    }
    String text = new String(bytes.toByteArray(), StandardCharsets.ISO_8859_1);
    String digits = text.replaceAll("\\s", "");
    return HEX.matcher(text).matches() && digits.length() % 2 == 0 ? Bytes.fromHex(digits) : bytes;
  }
}
