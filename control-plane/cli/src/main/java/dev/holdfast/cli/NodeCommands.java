package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.policy.v1.CreateJoinTokenRequest;
import dev.holdfast.proto.policy.v1.CreateNodeRequest;
import dev.holdfast.proto.policy.v1.DeleteNodeRequest;
import dev.holdfast.proto.policy.v1.JoinToken;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.RevokeNodeRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands on nodes. */
final class NodeCommands {
  private NodeCommands() {}

  static CommandLine of(Holdfast root) {
    return Group.of(
        "nodes",
        "Keeps the nodes: whatever can vouch for itself.",
        new ListNodes(root),
        new GetNode(root),
        new Create(root),
        new Token(root),
        new Revoke(root),
        new Delete(root));
  }

  @Command(name = "list", description = "Lists nodes.")
  private static final class ListNodes implements Callable<Integer> {
    private final Holdfast root;

    @Option(names = "--zone", paramLabel = "ZONE", description = "Of one trust zone. Default: all.")
    private String zone = "-";

    ListNodes(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String parent = Names.ZONE.full(zone);
      return Group.run(root, remote -> new Lookup(root, remote).nodes(parent)).call();
    }
  }

  @Command(name = "get", description = "Shows a node.")
  private static final class GetNode implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "NODE", description = "trustZones/Z/nodes/N, or Z/N.")
    private String node = "";

    GetNode(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String name = Names.NODE.full(node);
      return Group.run(root, remote -> new Lookup(root, remote).show(name)).call();
    }
  }

  @Command(name = "create", description = "Creates a node, which can then be enrolled.")
  private static final class Create implements Callable<Integer> {
    private static final List<String> ROLES =
        List.of("hypervisor", "switch", "storage-controller", "enclave");

    private final Holdfast root;

    @Parameters(paramLabel = "NODE", description = "trustZones/Z/nodes/N, or Z/N.")
    private String node = "";

    @Option(
        names = "--role",
        required = true,
        paramLabel = "ROLE",
        description = "hypervisor, switch, storage-controller or enclave.")
    private String role = "";

    @Option(
        names = "--tenant",
        paramLabel = "TENANT",
        description = "Whose applications it runs; required of an enclave.")
    private String tenant = "";

    @Mixin private AmountOptions capacityMax = new AmountOptions();

    Create(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String name = Names.NODE.full(node);
      Node.Builder made = Node.newBuilder().setRole(role());
      if (!tenant.isEmpty()) {
        made.setTenant(Names.TENANT.full(tenant));
      } else if (made.getRole() == NodeRole.NODE_ROLE_ENCLAVE) {
        throw CommandException.usage("An enclave runs one tenant's applications: add --tenant.");
      }
      capacityMax.vector().ifPresent(made::setCapacityMax);
      CreateNodeRequest request =
          CreateNodeRequest.newBuilder()
              .setParent(Names.parent(name))
              .setNodeId(name.substring(name.lastIndexOf('/') + 1))
              .setNode(made)
              .build();
      return Group.run(
              root,
              remote -> {
                Node created = remote.topology().createNode(request);
                root.print(created, () -> TopologyViews.node(created, root.now()));
              })
          .call();
    }

    private NodeRole role() {
      return switch (role) {
        case "hypervisor" -> NodeRole.NODE_ROLE_HYPERVISOR;
        case "switch" -> NodeRole.NODE_ROLE_SWITCH;
        case "storage-controller", "storage" -> NodeRole.NODE_ROLE_STORAGE_CONTROLLER;
        case "enclave" -> NodeRole.NODE_ROLE_ENCLAVE;
        default ->
            throw CommandException.usage(
                "\""
                    + Text.clean(role)
                    + "\" is no role."
                    + Nearest.question(role, ROLES)
                    + " Roles: "
                    + String.join(", ", ROLES)
                    + ".");
      };
    }
  }

  @Command(
      name = "token",
      description = {
        "Makes a token that enrols a node, once: TOKEN.DIGEST, the digest being that of PAM's"
            + " root,",
        "which the node pins. It is shown here and nowhere else."
      })
  private static final class Token implements Callable<Integer> {
    private static final int DIGEST_BYTES = 32;

    private final Holdfast root;

    @Parameters(paramLabel = "NODE", description = "trustZones/Z/nodes/N, or Z/N.")
    private String node = "";

    @Option(names = "--for", paramLabel = "SPAN", description = "How long it lasts. Default: 10m.")
    private Duration span = Duration.ZERO;

    @Option(
        names = "--hardware",
        paramLabel = "SHA256",
        description = "Only the hardware of this digest may use it: 64 hex digits.")
    private String hardware = "";

    @Option(
        names = "--file",
        paramLabel = "FILE",
        description = "Write it to a new file that only its owner can read. Default: print it.")
    private String file = "";

    Token(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      CreateJoinTokenRequest.Builder request =
          CreateJoinTokenRequest.newBuilder().setNode(Names.NODE.full(node));
      if (!span.isZero()) {
        request.setLifetime(Spans.onWire(span));
      }
      if (!hardware.isEmpty()) {
        request.setExpectedHardwareDigest(digest(hardware));
      }
      if (!file.isEmpty() && Files.exists(Path.of(file))) {
        throw CommandException.usage(file + " exists already. Name a new file.");
      }
      return Group.run(root, remote -> hand(remote.topology().createJoinToken(request.build())))
          .call();
    }

    private void hand(JoinToken token) {
      boolean sound =
          token.getToken().matches("[A-Za-z0-9_-]{43}")
              && token.getServerRootDigest().size() == DIGEST_BYTES;
      if (!sound) {
        throw new CommandException(
            Exit.REFUSED, "The server sent no sound token. Check that it is of this version.");
      }
      String line = token.getToken() + "." + Text.hex(token.getServerRootDigest()) + "\n";
      String lapses = Spans.until(token.hasExpireTime(), token.getExpireTime(), root.now());
      if (file.isEmpty()) {
        root.print(token, () -> line);
      } else {
        write(Path.of(file), line);
        root.note("the token is in " + file + ", readable by its owner only");
      }
      root.note("the token lapses " + lapses + " and can be used once");
    }

    private static void write(Path file, String line) {
      var owner =
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
      var fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      try (SeekableByteChannel out = Files.newByteChannel(file, fresh, owner)) {
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
      } catch (FileAlreadyExistsException e) {
        throw CommandException.usage(file + " exists already. Name a new file.");
      } catch (IOException e) {
        throw new CommandException(
            Exit.REFUSED,
            file + " cannot be written: " + Refusal.deepest(e) + ". Make a new token.");
      }
    }

    private static ByteString digest(String hex) {
      if (!hex.matches("[0-9a-fA-F]{64}")) {
        throw CommandException.usage(
            "\"" + Text.clean(hex) + "\" is no SHA-256: it has 64 hex digits.");
      }
      return ByteString.copyFrom(HexFormat.of().parseHex(hex));
    }
  }

  @Command(
      name = "revoke",
      description = "Withdraws trust from a node at once and for good, with every chain over it.")
  private static final class Revoke implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "NODE", description = "trustZones/Z/nodes/N, or Z/N.")
    private String node = "";

    @Option(
        names = "--reason",
        required = true,
        paramLabel = "TEXT",
        description = "Why, for people and for the audit log; at most 256 bytes.")
    private String reason = "";

    Revoke(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      RevokeNodeRequest request =
          RevokeNodeRequest.newBuilder().setName(Names.NODE.full(node)).setReason(reason).build();
      return Group.run(
              root,
              remote -> {
                Node revoked = remote.topology().revokeNode(request);
                root.print(revoked, () -> TopologyViews.node(revoked, root.now()));
              })
          .call();
    }
  }

  @Command(name = "delete", description = "Deletes a node that is on no pathway, and its identity.")
  private static final class Delete implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "NODE", description = "trustZones/Z/nodes/N, or Z/N.")
    private String node = "";

    @Option(names = "--etag", paramLabel = "ETAG", description = "Only if it is this version.")
    private String etag = "";

    Delete(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      DeleteNodeRequest request =
          DeleteNodeRequest.newBuilder().setName(Names.NODE.full(node)).setEtag(etag).build();
      return Group.run(
              root,
              remote -> {
                var empty = remote.topology().deleteNode(request);
                root.print(empty, () -> "Deleted " + request.getName() + "\n");
              })
          .call();
    }
  }
}
