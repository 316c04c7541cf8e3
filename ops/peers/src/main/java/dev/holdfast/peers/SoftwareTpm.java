package dev.holdfast.peers;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A TPM 2.0 in software (swtpm), with endorsement certificates for RSA 2048 and ECC P-384, banks
 * SHA-256 and SHA-384, and its commands on a Unix socket.
 *
 * <p>It needs the programs swtpm, swtpm_setup and swtpm_localca. It takes one connection at a time.
 */
public final class SoftwareTpm implements AutoCloseable {
  private static final Duration SETUP_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(20);
  private static final int SOCKET_PATH_BYTES_MAX = 107;
  private static final int RESPONSE_BYTES_MAX = 4096;
  private static final int RC_INITIALIZE = 0x100;

  private final String name;
  private final Path directory;
  private LocalProcess process;

  private SoftwareTpm(String name, Path directory, LocalProcess process) {
    this.name = name;
    this.directory = directory;
    this.process = process;
  }

  /**
   * Makes a new TPM whose certificates the authority signs, and runs it. Several may be made at
   * once: the certificate tool locks the authority's files while it numbers and signs.
   *
   * @param directory where its state goes; made if it is not there. Its path has at most 95 bytes
   * @param name the subject of its endorsement certificates, such as the node's id
   */
  public static SoftwareTpm make(Path directory, Authority authority, String name) {
    requireShort(directory.resolve("data.sock"));
    try {
      Files.createDirectories(directory.resolve("state"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the directory of TPM " + name, e);
    }
    List<String> command =
        List.of(
            "swtpm_setup",
            "--tpm2",
            "--tpmstate",
            directory.resolve("state").toString(),
            "--config",
            authority.setupConfiguration().toString(),
            "--create-ek-cert",
            "--create-platform-cert",
            "--vmid",
            name,
            "--lock-nvram",
            "--pcr-banks",
            "sha256,sha384",
            "--not-overwrite");
    runToEnd("swtpm_setup for " + name, command, directory);
    return start(directory, name);
  }

  /** Runs a TPM that was made before in this directory: its keys are the same. */
  public static SoftwareTpm start(Path directory, String name) {
    return new SoftwareTpm(name, directory, run(directory, name));
  }

  private static LocalProcess run(Path directory, String name) {
    Path data = directory.resolve("data.sock");
    Path control = directory.resolve("ctrl.sock");
    requireShort(data);
    try {
      Files.deleteIfExists(data);
      Files.deleteIfExists(control);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove the old sockets of TPM " + name, e);
    }
    List<String> command =
        List.of(
            "swtpm",
            "socket",
            "--tpm2",
            "--tpmstate",
            "dir=" + directory.resolve("state"),
            "--server",
            "type=unixio,path=" + data,
            "--ctrl",
            "type=unixio,path=" + control,
            "--flags",
            "not-need-init,startup-clear");
    LocalProcess process =
        LocalProcess.start("TPM " + name, command, Map.of(), directory.resolve("swtpm.log"));
    process.awaitReady(() -> Files.exists(data) && answers(data), READY_TIMEOUT);
    return process;
  }

  /** Whether it has been through TPM2_Startup: else TPM2_ReadClock says that it has not. */
  private static boolean answers(Path socket) throws IOException {
    byte[] readClock = command(0x8001, 0x181, new byte[0]);
    return responseCode(exchange(socket, readClock)) != RC_INITIALIZE;
  }

  /** What the node's option --tpm takes to reach it. */
  public String address() {
    return "unix:" + socket();
  }

  /** The socket that takes commands. */
  public Path socket() {
    return directory.resolve("data.sock");
  }

  /** The TPM's name. */
  public String name() {
    return name;
  }

  /**
   * Turns the TPM off and on again, as a machine that boots does: registers are at their start and
   * resetCount has gone up. It does not shut down in order first.
   */
  public void reset() {
    process.close();
    process = run(directory, name);
  }

  /**
   * Extends one register, as firmware, a loader or an intruder would (TPM2_PCR_Extend, TPM 2.0 Part
   * 3, 22.2).
   *
   * @param pcr 0 to 23
   * @param digests one for each bank to extend
   */
  public void extend(int pcr, Map<Bank, byte[]> digests) {
    if (pcr < 0 || pcr > 23 || digests.isEmpty()) {
      throw new IllegalArgumentException("a register is 0 to 23, and at least one bank is needed");
    }
    int length = 4 + 4 + 9 + 4;
    for (Bank bank : digests.keySet()) {
      length += 2 + bank.digestBytes;
    }
    ByteBuffer body = ByteBuffer.allocate(length);
    body.putInt(pcr);
    // One password session with an empty password: TPM_RS_PW, no nonce, no attributes, no HMAC.
    body.putInt(9).putInt(0x40000009).putShort((short) 0).put((byte) 0).putShort((short) 0);
    body.putInt(digests.size());
    for (Map.Entry<Bank, byte[]> digest : digests.entrySet()) {
      if (digest.getValue().length != digest.getKey().digestBytes) {
        throw new IllegalArgumentException(digest.getKey() + " has another length of digest");
      }
      body.putShort((short) digest.getKey().algorithm).put(digest.getValue());
    }
    int code;
    try {
      code = responseCode(exchange(socket(), command(0x8002, 0x182, body.array())));
    } catch (IOException e) {
      throw new UncheckedIOException("TPM " + name + " cannot be reached", e);
    }
    if (code != 0) {
      throw new IllegalStateException(
          "TPM " + name + " refused to extend: response code 0x" + Integer.toHexString(code));
    }
  }

  /** Turns it off; its state stays. */
  @Override
  public void close() {
    process.close();
  }

  private static byte[] command(int tag, int code, byte[] body) {
    return ByteBuffer.allocate(10 + body.length)
        .putShort((short) tag)
        .putInt(10 + body.length)
        .putInt(code)
        .put(body)
        .array();
  }

  private static int responseCode(ByteBuffer response) {
    return response.getInt(6);
  }

  private static ByteBuffer exchange(Path socket, byte[] command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer out = ByteBuffer.wrap(command);
      while (out.hasRemaining()) {
        channel.write(out);
      }
      ByteBuffer in = ByteBuffer.allocate(RESPONSE_BYTES_MAX);
      while (in.position() < 10 || in.position() < in.getInt(2)) {
        if (channel.read(in) < 0) {
          throw new EOFException("the TPM closed the connection within a response");
        }
      }
      return in.flip();
    }
  }

  private static void requireShort(Path socket) {
    if (socket.toString().getBytes(StandardCharsets.UTF_8).length > SOCKET_PATH_BYTES_MAX) {
      throw new IllegalArgumentException(
          "the path of a Unix socket has at most 107 bytes; choose a shorter directory: " + socket);
    }
  }

  private static void runToEnd(String what, List<String> command, Path directory) {
    try (LocalProcess process =
        LocalProcess.start(what, command, Map.of(), directory.resolve("setup.log"))) {
      int status = process.awaitExit(SETUP_TIMEOUT);
      if (status != 0) {
        throw new IllegalStateException(
            what + " exited with status " + status + ". Its last output:\n" + process.logTail());
      }
    }
  }

  /** A bank of registers that this TPM has. */
  public enum Bank {
    /** SHA-256. */
    SHA256(0x000b, 32),
    /** SHA-384. */
    SHA384(0x000c, 48);

    private final int algorithm;
    private final int digestBytes;

    Bank(int algorithm, int digestBytes) {
      this.algorithm = algorithm;
      this.digestBytes = digestBytes;
    }
  }

  /**
   * Who vouches for the endorsement keys of software TPMs: a local root and one issuer below it.
   */
  public static final class Authority {
    private final Path directory;

    private Authority(Path directory) {
      this.directory = directory;
    }

    /** The authority kept in a directory, made there by the first call. */
    public static Authority in(Path directory) {
      Path home = directory.toAbsolutePath();
      var authority = new Authority(home);
      try {
        Files.createDirectories(home);
        Files.writeString(
            home.resolve("localca.conf"),
            """
            statedir = %1$s
            signingkey = %1$s/signkey.pem
            issuercert = %1$s/issuercert.pem
            certserial = %1$s/certserial
            """
                .formatted(home));
        Files.writeString(
            home.resolve("localca.options"),
            """
            --platform-manufacturer Holdfast
            --platform-version 1.0
            --platform-model SoftwareTpm
            """);
        Files.writeString(
            authority.setupConfiguration(),
            """
            create_certs_tool = %2$s
            create_certs_tool_config = %1$s/localca.conf
            create_certs_tool_options = %1$s/localca.options
            active_pcr_banks = sha256,sha384
            """
                .formatted(home, localCaProgram()));
        if (!Files.exists(home.resolve("issuercert.pem"))) {
          authority.makeKeys();
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot prepare an authority for software TPMs", e);
      }
      return authority;
    }

    private static String localCaProgram() {
      for (String directory : List.of("/usr/bin", "/usr/local/bin")) {
        Path program = Path.of(directory, "swtpm_localca");
        if (Files.isExecutable(program)) {
          return program.toString();
        }
      }
      throw new IllegalStateException(
          "swtpm_localca is in neither /usr/bin nor /usr/local/bin; install swtpm-tools");
    }

    /**
     * The certificate tool makes its keys with the first certificate that it is asked for: here,
     * one for a key that nobody keeps.
     */
    private void makeKeys() throws IOException {
      Path scratch = Files.createDirectories(directory.resolve("first"));
      runToEnd(
          "swtpm_localca for a new authority",
          List.of(
              localCaProgram(),
              "--type",
              "ek",
              "--ek",
              forgottenKey(),
              "--dir",
              scratch.toString(),
              "--vmid",
              "first",
              "--tpm2",
              "--configfile",
              directory.resolve("localca.conf").toString(),
              "--optsfile",
              directory.resolve("localca.options").toString(),
              "--tpm-spec-family",
              "2.0",
              "--tpm-spec-level",
              "0",
              "--tpm-spec-revision",
              "164",
              "--tpm-manufacturer",
              "id:00001014",
              "--tpm-model",
              "swtpm",
              "--tpm-version",
              "id:20191023"),
          scratch);
    }

    private static String forgottenKey() {
      try {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp384r1"));
        if (generator.generateKeyPair().getPublic() instanceof ECPublicKey key) {
          return String.format(
              "x=%096x,y=%096x,id=secp384r1", key.getW().getAffineX(), key.getW().getAffineY());
        }
        throw new IllegalStateException("an EC key pair has an EC public key");
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java has P-384", e);
      }
    }

    private Path setupConfiguration() {
      return directory.resolve("setup.conf");
    }

    /** The certificate that everything leads to, DER. */
    public byte[] rootCertificate() {
      return certificate("swtpm-localca-rootca-cert.pem");
    }

    /** The certificate that signs endorsement certificates, DER; the root signed it. */
    public byte[] issuerCertificate() {
      return certificate("issuercert.pem");
    }

    /** Root and issuer: what a verifier pins. */
    public List<byte[]> certificates() {
      return List.of(rootCertificate(), issuerCertificate());
    }

    private byte[] certificate(String file) {
      try (var in = Files.newInputStream(directory.resolve(file))) {
        var read = CertificateFactory.getInstance("X.509").generateCertificate(in);
        if (read instanceof X509Certificate certificate) {
          return certificate.getEncoded();
        }
        throw new IllegalStateException(file + " holds no X.509 certificate");
      } catch (CertificateEncodingException e) {
        throw new IllegalStateException("a certificate just read cannot be encoded", e);
      } catch (CertificateException e) {
        throw new IllegalStateException(file + " cannot be read as a certificate", e);
      } catch (IOException e) {
        throw new UncheckedIOException("the authority's directory has lost " + file, e);
      }
    }
  }
}
