package dev.holdfast.attestation.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.holdfast.attestation.Bytes;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SignedStatementTest {
  private static final Bytes PAYLOAD = Bytes.of((byte) 0, (byte) 1, (byte) -1);

  private final KeyPair pair = pair();
  private final ResultSigner signer =
      new ResultSigner("https://holdfast.dev", "test", "k", pair.getPrivate(), Optional.empty());
  private final String compact = SignedStatement.sign("holdfast-model", PAYLOAD, signer);

  private static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException bug) {
      throw new IllegalStateException(bug);
    }
  }

  private SignedStatement.Outcome open(String type, String text) {
    return SignedStatement.open(type, text, 4096, pair.getPublic());
  }

  @Test
  void whatWasSignedIsReadAsItWas() {
    assertEquals(new SignedStatement.Genuine(PAYLOAD), open("holdfast-model", compact));
  }

  @Test
  void aStatementOfOneKindDoesNotPassForAnother() {
    assertInstanceOf(SignedStatement.Refused.class, open("holdfast-champions", compact));
    assertInstanceOf(SignedStatement.Refused.class, open("JWT", compact));
  }

  @Test
  void eachCharacterCounts() {
    for (int i = 0; i < compact.length(); i++) {
      char other = compact.charAt(i) == 'A' ? 'B' : 'A';
      String changed = compact.substring(0, i) + other + compact.substring(i + 1);
      assertInstanceOf(
          SignedStatement.Refused.class, open("holdfast-model", changed), "character " + i);
      assertInstanceOf(
          SignedStatement.Refused.class,
          open("holdfast-model", compact.substring(0, i)),
          "cut at " + i);
    }
  }

  @Test
  void anotherKeyVouchesForNothing() {
    assertInstanceOf(
        SignedStatement.Refused.class,
        SignedStatement.open("holdfast-model", compact, 4096, pair().getPublic()));
  }

  @Test
  void whatIsTooLongIsNotRead() {
    assertInstanceOf(
        SignedStatement.Refused.class,
        SignedStatement.open("holdfast-model", compact, compact.length() - 1, pair.getPublic()));
  }
}
