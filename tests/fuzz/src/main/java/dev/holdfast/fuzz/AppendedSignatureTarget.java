package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.crypto.PublicKeys;
import dev.holdfast.attestation.ima.AppendedSignature;
import dev.holdfast.attestation.ima.ImaDigest;
import dev.holdfast.attestation.ima.ImaKey;
import java.util.List;

/** Signatures at the end of kernel modules: none is one of a module that the key never signed. */
final class AppendedSignatureTarget implements Target {
  private static final ImaKey KEY =
      new ImaKey(
          PublicKeys.parse(
              Bytes.fromHex(
                  "3059301306072a8648ce3d020106082a8648ce3d0301070342000422b1eae5388036ad57992ea44d"
                      + "c2cbf12758caff361a601448db2ad70435154f4693533574d4253143f8fb3079ffd3f4dd27d5f937"
                      + "ec8b7193939a7d4871f5b8")));

  /** The key's, over another module. */
  private static final Bytes MESSAGE =
      Bytes.fromHex(
          "3081c206092a864886f70d010702a081b43081b1020101310d300b0609608648016503040201300b"
              + "06092a864886f70d01070131818f30818c0201013024300c310a300806035504030c016b021458c0"
              + "04b5f81311bf200633e615ba9bfe4e6612b4300b0609608648016503040201300a06082a8648ce3d"
              + "0403020448304602210090a6881394a0e7b9425109671d6a9ccebd096984125b01937155d5a09f42"
              + "4215022100a5bcb05d3bd38bb0ca5300af1209f4157ceaebea4d3ea143a5a0dd7c34585fbb");

  private static final ImaDigest UNSIGNED =
      new ImaDigest("ima", "sha256", PcrBank.SHA256.hash(Bytes.utf8("a module never signed")));

  @Override
  public Class<?> reader() {
    return AppendedSignature.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(MESSAGE);
  }

  /** One message. */
  @Override
  public void read(byte[] data) {
    if (new AppendedSignature(UNSIGNED, Bytes.of(data)).verifies(KEY)) {
      throw new IllegalStateException("a module passed that the key never signed");
    }
  }
}
