package dev.holdfast.attestation.ima;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.BitFlips;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ImaVerifierTest {
  private static final Bytes SHELL = Bytes.utf8("a shell");
  private static final Bytes DAEMON = Bytes.utf8("a daemon");
  private static final Bytes KEY = Bytes.utf8("a key in DER");
  private static final KeyPair RSA = pair("RSA", 2048);
  private static final KeyPair EC = pair("EC", 256);

  private static KeyPair pair(String algorithm, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PaperIma booted() {
    return new PaperIma()
        .file("boot_aggregate", Bytes.utf8("registers"))
        .signed("/bin/sh", SHELL, PaperIma.sign(RSA, SHELL))
        .signed("/bin/daemon", DAEMON, PaperIma.sign(EC, DAEMON))
        .signed("/etc/passwd", Bytes.utf8("root"), Bytes.EMPTY)
        .buffer(".ima", KEY)
        .old("/sbin/init", Bytes.utf8("init"));
  }

  private static ImaExpectation all() {
    Map<String, Set<Bytes>> allowed = new HashMap<>();
    allowed.put("boot_aggregate", Set.of(PcrBank.SHA256.hash(Bytes.utf8("registers"))));
    allowed.put("/etc/passwd", Set.of(PcrBank.SHA256.hash(Bytes.utf8("root"))));
    allowed.put("/sbin/init", Set.of(PcrBank.SHA1.hash(Bytes.utf8("init"))));
    return ImaExpectation.STRICT
        .withAllowed(allowed)
        .withKeyrings(Map.of(".ima", Set.of(PcrBank.SHA256.hash(KEY))))
        .withKeys(List.of(new ImaKey(EC.getPublic()), new ImaKey(RSA.getPublic())));
  }

  private static ImaList read(ImaList.Parsed parsed) {
    return assertInstanceOf(ImaList.Legible.class, parsed).list();
  }

  private static Set<Reason> reasons(List<Finding> findings) {
    return findings.stream().map(Finding::reason).collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<Reason> reasons(PaperIma ima, ImaExpectation expectation) {
    return reasons(ima.binary(), ima.quoted(PcrBank.SHA256), expectation);
  }

  private static Set<Reason> reasons(
      Bytes binary, Map<PcrBank, Bytes> quoted, ImaExpectation expectation) {
    return switch (ImaVerifier.verify(binary, quoted, expectation)) {
      case Outcome.Proven _ -> Set.of();
      case Outcome.Refused refused -> reasons(refused.findings());
    };
  }

  @Test
  void aListOfAllowedFilesIsProvenInEveryBank() {
    PaperIma ima = booted();
    Outcome.Proven proven =
        assertInstanceOf(
            Outcome.Proven.class,
            ImaVerifier.verify(
                ima.binary(),
                ima.quoted(PcrBank.SHA1, PcrBank.SHA256, PcrBank.SHA384, PcrBank.SHA512),
                all()));
    assertEquals(List.of(new Claim.Version("ima/entries", 6)), proven.claims());
  }

  @Test
  void bothFormsSayTheSame() {
    PaperIma ima = booted().violation("/var/log/messages");
    assertEquals(read(ImaList.parseBinary(ima.binary())), read(ImaList.parseText(ima.text())));
    assertEquals(7, read(ImaList.parseText(ima.text())).entries().size());
  }

  @Test
  void aFileThatNothingAllowsIsRefusedByName() {
    PaperIma ima = booted().file("/tmp/miner", Bytes.utf8("mine"));
    Outcome.Refused refused =
        assertInstanceOf(
            Outcome.Refused.class,
            ImaVerifier.verify(ima.binary(), ima.quoted(PcrBank.SHA256), all()));
    Finding finding = refused.findings().getFirst();
    assertEquals(Reason.IMA_FILE, finding.reason());
    assertEquals("ima/6", finding.claim());
    assertTrue(finding.message().contains("/tmp/miner"), finding.message());
    assertEquals(Set.of(), reasons(ima, all().withExcludes(List.of("/tmp/.*"))));
    assertEquals(Set.of(Reason.IMA_FILE), reasons(ima, all().withExcludes(List.of("miner"))));
  }

  @Test
  void aSignatureByAnotherKeyIsRefused() {
    ImaExpectation one = all().withKeys(List.of(new ImaKey(RSA.getPublic())));
    assertEquals(Set.of(Reason.IMA_SIGNATURE), reasons(booted(), one));
  }

  @Test
  void aSignatureOfAnotherFileIsRefused() {
    PaperIma ima = new PaperIma().signed("/bin/sh", DAEMON, PaperIma.sign(RSA, SHELL));
    assertEquals(Set.of(Reason.IMA_SIGNATURE), reasons(ima, all()));
  }

  @Test
  void noBitOfASignatureCanBeFlipped() {
    for (KeyPair pair : List.of(RSA, EC)) {
      BitFlips.of(
          PaperIma.sign(pair, SHELL),
          (flipped, bit) -> {
            Set<Reason> reasons = reasons(new PaperIma().signed("/bin/sh", SHELL, flipped), all());
            // The four bytes that hint at the key are a hint and no more.
            boolean hint = bit / 8 >= 3 && bit / 8 < 7;
            assertEquals(hint, reasons.isEmpty(), "bit " + bit);
          });
    }
  }

  @Test
  void aMalformedSignatureNeverPasses() {
    for (String hex :
        List.of("00", "0302", "030204", "03020400000000000200", "030204000000000000")) {
      PaperIma ima = new PaperIma().signed("/etc/passwd", Bytes.utf8("root"), Bytes.fromHex(hex));
      assertEquals(Set.of(Reason.IMA_MALFORMED), reasons(ima, all()), hex);
      assertEquals(
          Set.of(Reason.IMA_MALFORMED), reasons(ima, all().withExcludes(List.of(".*"))), hex);
    }
  }

  @Test
  void aViolationIsRefusedUnlessAllowedOrExcluded() {
    PaperIma ima = booted().violation("/var/log/messages");
    assertEquals(Set.of(Reason.IMA_VIOLATION), reasons(ima, all()));
    assertEquals(Set.of(), reasons(ima, all().withViolationsAllowed()));
    assertEquals(Set.of(), reasons(ima, all().withExcludes(List.of("/var/"))));
  }

  @Test
  void aBufferIsJudgedByItsKeyring() {
    PaperIma ima = new PaperIma().buffer(".ima", Bytes.utf8("another key"));
    assertEquals(Set.of(Reason.IMA_FILE), reasons(ima, all()));
    PaperIma spliced =
        new PaperIma()
            .fields("ima-buf", PaperIma.digest(KEY), PaperIma.name(".ima"), Bytes.utf8("other"));
    assertEquals(Set.of(Reason.EVIDENCE_SPLICE), reasons(spliced, all()));
  }

  @Test
  void everyFlippedByteIsRefused() {
    PaperIma ima = booted();
    Bytes binary = ima.binary();
    for (int at = 0; at < binary.length(); at++) {
      byte[] altered = binary.toByteArray();
      altered[at] ^= 1;
      Set<Reason> reasons = reasons(Bytes.of(altered), ima.quoted(PcrBank.SHA256), all());
      assertTrue(!reasons.isEmpty(), "byte " + at);
    }
  }

  @Test
  void aListCutAnywhereIsRefused() {
    PaperIma ima = booted();
    Bytes binary = ima.binary();
    for (int length = 0; length < binary.length(); length++) {
      Bytes cut = binary.slice(0, length);
      assertTrue(!reasons(cut, ima.quoted(PcrBank.SHA256), all()).isEmpty(), "cut to " + length);
    }
  }

  @Test
  void entriesAfterTheQuoteAreLeftForTheNextOne() {
    PaperIma ima = booted();
    Map<PcrBank, Bytes> first = ima.quoted(PcrBank.SHA256);
    ima.file("/etc/later", Bytes.utf8("later"));
    assertEquals(Set.of(Reason.IMA_MISMATCH), reasons(ima.binary(), first, all()));
    ImaList list = read(ImaList.parseBinary(ima.binary()));
    ImaVerifier.Sound sound =
        assertInstanceOf(
            ImaVerifier.Sound.class,
            ImaVerifier.judge(list, ImaProgress.BOOT, first, all().withTailAllowed()));
    assertEquals(6, sound.progress().entries());
    ImaList rest = read(ImaList.parseBinary(ima.binary(6)));
    ImaVerifier.Unsound unsound =
        assertInstanceOf(
            ImaVerifier.Unsound.class,
            ImaVerifier.judge(rest, sound.progress(), ima.quoted(PcrBank.SHA256), all()));
    assertEquals("ima/6", unsound.findings().getFirst().claim());
    assertEquals(Set.of(Reason.IMA_FILE), reasons(unsound.findings()));
  }

  @Test
  void noSignedRegisterProvesNothing() {
    PaperIma ima = booted();
    assertEquals(Set.of(Reason.EVIDENCE_MISSING), reasons(ima.binary(), Map.of(), all()));
  }

  @Test
  void paddedTemplateHashesAreBelievedOnlyIfAllowed() {
    PaperIma ima = new PaperIma().file("/etc/passwd", Bytes.utf8("root"));
    Bytes hash = read(ImaList.parseBinary(ima.binary())).entries().getFirst().templateHash();
    Bytes padded = Bytes.concat(hash, Bytes.of(new byte[12]));
    Map<PcrBank, Bytes> quoted =
        Map.of(PcrBank.SHA256, PcrBank.SHA256.extend(Bytes.of(new byte[32]), padded));
    assertEquals(Set.of(Reason.IMA_MISMATCH), reasons(ima.binary(), quoted, all()));
    assertEquals(Set.of(), reasons(ima.binary(), quoted, all().withPaddedSha1()));
  }

  @Test
  void anExpressionThatWouldBacktrackRunsInLinearTime() {
    PaperIma ima = new PaperIma().file("/" + "a".repeat(4000) + "!", SHELL);
    assertEquals(Set.of(Reason.IMA_FILE), reasons(ima, all().withExcludes(List.of("/(a+)+$"))));
    assertThrows(
        IllegalArgumentException.class, () -> ImaExpectation.STRICT.withExcludes(List.of("(")));
  }

  @Test
  void anUnknownFormIsReplayedAndNotAllowed() {
    PaperIma ima =
        new PaperIma().fields("evm-sig", PaperIma.digest(SHELL), PaperIma.name("/bin/sh"));
    assertEquals(Set.of(Reason.IMA_FILE), reasons(ima, all()));
  }

  @Test
  void impossibleLengthsAreMalformed() {
    byte[] list = booted().binary().toByteArray();
    for (int at : List.of(24, 34)) {
      for (int value : new int[] {0x7f, 0xff}) {
        byte[] altered = list.clone();
        altered[at + 3] = (byte) value;
        assertInstanceOf(ImaList.Illegible.class, ImaList.parseBinary(Bytes.of(altered)));
      }
    }
    assertInstanceOf(
        ImaList.Illegible.class, ImaList.parseBinary(Bytes.of(new byte[ImaList.MAX_BYTES + 1])));
    for (String line : List.of("10", "x y z a", "10 00 ima-ng sha256:00", "10 00 nothing a b")) {
      assertInstanceOf(ImaList.Illegible.class, ImaList.parseText(Bytes.utf8(line)), line);
    }
  }
}
