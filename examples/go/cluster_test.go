// A cluster in tests of Go, with client-go: `go test`, in a module that requires k8s.io/client-go.
//
// It takes the place of envtest where controllers, garbage collection or namespaces that go away matter.
package cluster_test

import (
	"context"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

var client kubernetes.Interface

func TestMain(m *testing.M) {
	directory, err := os.MkdirTemp("", "trierarch")
	if err != nil {
		log.Fatal(err)
	}
	run("up", "--detach", "--data-dir", directory, "--listen", "127.0.0.1:0",
		"--datastore", "memory:", "--node", "simulated", "--nodes", "3")
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(directory, "kubeconfig"))
	if err != nil {
		log.Fatal(err)
	}
	client = kubernetes.NewForConfigOrDie(config)
	code := m.Run()
	run("down", "--data-dir", directory)
	os.RemoveAll(directory)
	os.Exit(code)
}

func run(args ...string) {
	if out, err := exec.Command("trierarch", args...).CombinedOutput(); err != nil {
		log.Fatalf("trierarch %s: %v\n%s", args[0], err, out)
	}
}

func TestDeploymentBecomesAvailable(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	replicas := int32(3)
	labels := map[string]string{"app": "web"}
	deployments := client.AppsV1().Deployments("default")
	created, err := deployments.Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "nginx"}}},
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}

	events, err := deployments.Watch(ctx, metav1.ListOptions{
		FieldSelector:   "metadata.name=web",
		ResourceVersion: created.ResourceVersion,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		if event.Object.(*appsv1.Deployment).Status.AvailableReplicas == replicas {
			return
		}
	}
	t.Fatal("not available within a minute")
}
