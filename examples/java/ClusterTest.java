// A cluster in tests of Java, with nothing but the JDK (17 or newer): `java examples/java/ClusterTest.java`.

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

class ClusterTest {
  static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
  static final String WEB = """
      { "metadata": { "name": "web" },
        "spec": {
          "replicas": 3,
          "selector": { "matchLabels": { "app": "web" } },
          "template": {
            "metadata": { "labels": { "app": "web" } },
            "spec": { "containers": [{ "name": "web", "image": "nginx" }] } } } }
      """;

  public static void main(String[] args) throws Exception {
    var directory = Files.createTempDirectory("trierarch");
    trierarch("up", "--detach", "--data-dir", directory.toString(), "--listen", "127.0.0.1:0",
        "--datastore", "memory:", "--node", "simulated", "--nodes", "3");
    try {
      deploymentBecomesAvailable(new Cluster(directory.resolve("kubeconfig")));
    } finally {
      trierarch("down", "--data-dir", directory.toString());
    }
    System.out.println("1 passed");
  }

  static void deploymentBecomesAvailable(Cluster cluster) throws Exception {
    var created = cluster.http.send(
        cluster.request(DEPLOYMENTS).header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(WEB)).build(),
        BodyHandlers.ofString());
    check(created.statusCode() == 201, created.body());

    var watch = DEPLOYMENTS + "?watch=true&timeoutSeconds=60&fieldSelector=metadata.name%3Dweb";
    var events = cluster.http.send(cluster.request(watch).build(), BodyHandlers.ofLines());
    check(events.body().anyMatch(event -> event.contains("\"availableReplicas\":3")), "not available");
  }

  static void trierarch(String... args) throws Exception {
    var command = new java.util.ArrayList<>(java.util.List.of("trierarch"));
    command.addAll(java.util.List.of(args));
    check(new ProcessBuilder(command).inheritIO().start().waitFor() == 0, String.join(" ", command));
  }

  static void check(boolean holds, String message) {
    if (!holds) throw new AssertionError(message);
  }

  /** Where the API server of a kubeconfig is, and how to talk to it. */
  static class Cluster {
    final HttpClient http;
    final String server;

    Cluster(Path kubeconfig) throws Exception {
      var text = Files.readString(kubeconfig);
      server = field(text, "server");
      http = HttpClient.newBuilder().sslContext(tls(text)).build();
    }

    HttpRequest.Builder request(String path) {
      return HttpRequest.newBuilder(URI.create(server + path));
    }
  }

  static SSLContext tls(String kubeconfig) throws Exception {
    var authority = certificate(kubeconfig, "certificate-authority-data");
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null);
    trusted.setCertificateEntry("ca", authority);
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);

    var pem = new String(data(kubeconfig, "client-key-data")).replaceAll("-----.*-----|\\s", "");
    var key = KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    var own = KeyStore.getInstance("PKCS12");
    own.load(null);
    own.setKeyEntry("admin", key, new char[0],
        new Certificate[] { certificate(kubeconfig, "client-certificate-data") });
    var keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, new char[0]);

    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  static Certificate certificate(String kubeconfig, String field) throws Exception {
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(data(kubeconfig, field)));
  }

  static byte[] data(String kubeconfig, String field) {
    return Base64.getDecoder().decode(field(kubeconfig, field));
  }

  static String field(String kubeconfig, String name) {
    var found = Pattern.compile(name + ": (\\S+)").matcher(kubeconfig);
    check(found.find(), "the kubeconfig has no " + name);
    return found.group(1);
  }
}
