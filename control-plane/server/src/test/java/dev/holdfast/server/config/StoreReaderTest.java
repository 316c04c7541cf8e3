package dev.holdfast.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.proto.replica.ServerAddress;
import dev.holdfast.store.seal.Pkcs11Token;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the store, its keys, the series and the replicas are configured. */
final class StoreReaderTest {
  @TempDir private Path directory;

  @BeforeEach
  void makeSecrets() throws IOException {
    secret("etcd/holdfast.key", "rw-------");
    secret("keys/pin", "r--------");
  }

  private void secret(String name, String permissions) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(directory.resolve(name).resolveSibling(""));
    Files.writeString(file, "a secret");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private ServerConfig read(String text) throws IOException {
    Path file = directory.resolve("holdfast.yaml");
    Files.writeString(file, text);
    return ConfigReader.read(file);
  }

  private List<String> complaints(String text) {
    return assertThrows(ConfigException.class, () -> read(text)).complaints();
  }

  @Test
  void keysAreInAFileOfTheDataDirectoryUnlessSaidOtherwise() throws IOException {
    Path here = directory.toAbsolutePath();
    assertEquals(
        new ServerConfig.Keys.File(here.resolve("data/keys/wrapping.keys")), read("").keys());
    assertEquals(
        new ServerConfig.Keys.File(here.resolve("elsewhere/k")),
        read("keys:\n  provider: file\n  file: elsewhere/k\n").keys());
    ServerConfig.Keys token =
        read("keys:\n  provider: pkcs11\n  library: /l.so\n  slot: 3\n  pinFile: keys/pin\n")
            .keys();
    assertEquals(
        new ServerConfig.Keys.Token(
            new Pkcs11Token(
                Path.of("/l.so"),
                new Pkcs11Token.Slot.Place(3),
                here.resolve("keys/pin"),
                "holdfast")),
        token);
  }

  @Test
  void whatIsWrongWithKeysAndTlsIsSaidTogether() {
    List<String> found =
        complaints(
            """
            store:
              kind: etcd
              endpoints: http://127.0.0.1:2379
              tls:
                ca: etcd/ca.pem
                key: etcd/nowhere.key
            keys:
              provider: pkcs11
              library: /l.so
              slot: 64
              tokenLabel: holdfast
              file: k
            """);
    List<String> heads =
        List.of(
            "holdfast.yaml:5: store.tls.certificate is required",
            "holdfast.yaml:6: store.tls.key cannot be used: FILE_UNUSABLE",
            "holdfast.yaml:3: store.endpoints is a list of URLs such as https",
            "holdfast.yaml:8: keys.pinFile is required",
            "holdfast.yaml:10: keys.slot is a whole number from 0 to 63",
            "holdfast.yaml:10: keys.slot and tokenLabel both name a token",
            "holdfast.yaml:12: keys.file is not known");
    assertEquals(heads.size(), found.size(), found::toString);
    for (int i = 0; i < heads.size(); i++) {
      assertTrue(found.get(i).startsWith(heads.get(i)), found.get(i));
    }
    assertTrue(
        complaints("keys:\n  provider: hsm\n").getFirst().contains("is one of file, pkcs11"));
    assertTrue(complaints("keys:\n  pinFile: keys/pin\n").getFirst().contains("provider pkcs11"));
    assertTrue(
        complaints("store:\n  kind: etcd\n  endpoints: https://127.0.0.1:2379\n")
            .getFirst()
            .contains("such as http://"));
  }

  @ParameterizedTest
  @CsvSource({
    "etcd/holdfast.key, rw-r-----",
    "etcd/holdfast.key, rw----r--",
    "keys/pin, rw-rw-rw-"
  })
  void f10_aSecretThatOthersCanReachIsRefusedByName(String name, String permissions)
      throws IOException {
    secret(name, permissions);
    List<String> found =
        complaints(
            """
            store:
              kind: etcd
              endpoints: https://127.0.0.1:2379
              tls:
                ca: etcd/ca.pem
                certificate: etcd/holdfast.pem
                key: etcd/holdfast.key
            keys:
              provider: pkcs11
              library: /l.so
              pinFile: keys/pin
            """);
    assertEquals(1, found.size(), found::toString);
    assertTrue(found.getFirst().contains("FILE_EXPOSED"), found::toString);
    assertTrue(found.getFirst().contains(permissions), found::toString);
  }

  @Test
  void aReplicaSaysWhereItIsReached() throws IOException {
    String etcd = "store:\n  kind: etcd\n  endpoints: [\"http://127.0.0.1:2379\"]\n";
    assertEquals(
        List.of(
            "holdfast.yaml:1: listen.advertise is required with store.kind etcd where address is"
                + " every one of the host's"),
        complaints("listen: {address: 0.0.0.0}\n" + etcd));
    assertTrue(
        complaints("listen: {advertise: pam-1.example}\n")
            .getFirst()
            .contains("listen.advertise is not possible: a server is written HOST:PORT"));
    assertEquals(
        Optional.of(new ServerAddress("fd00::1", 7443)),
        read("listen: {address: '::', advertise: '[fd00::1]:7443'}\n" + etcd).listen().advertise());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{kind: postgres} | series.kind is one of embedded, postgresql",
        "{kind: postgresql} | series.database is required",
        "{kind: postgresql, database: 'postgresql://db.example/h', user: h} | spoken to by TLS",
        "{kind: postgresql, database: 'postgresql://h:secret@127.0.0.1/h', user: h} | is needed",
        "{kind: postgresql, database: 'mysql://127.0.0.1/h', user: h} | is needed",
        "{retention: {samples: 24h}} | series.retention.samples is a span",
        "{retention: {second: 2h}} | did you mean seconds?"
      })
  void aDatabaseIsNamedWithoutSecretsAndReachedSafely(String series, String complaint) {
    List<String> found = complaints("series: " + series + "\n");
    assertTrue(found.stream().anyMatch(line -> line.contains(complaint)), found.toString());
    assertFalse(found.toString().contains("secret"), "no secret is repeated");
  }
}
