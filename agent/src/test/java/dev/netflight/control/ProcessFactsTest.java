package dev.netflight.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.netflight.model.ProcessInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessFactsTest {
    private static final String ID = "4c01db0b339c8d7d9c5e0d8a2f2c3a1b6e5f40718293a4b5c6d7e8f901234567";
    private static final String OTHER = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    private static final String UID = "6f2f6c1e-7a3b-4d0d-9f55-0c9f2a4f1b11";
    private static final String UID_IN_SLICE = UID.replace('-', '_');

    @Test
    void this_process_knows_itself() {
        ProcessInfo facts = ProcessFacts.read();
        assertAll(
                () -> assertEquals(ProcessHandle.current().pid(), facts.pid()),
                () -> assertTrue(facts.command().endsWith("/java"), facts.command()),
                () -> assertTrue(facts.arguments().contains("java"), facts.arguments()),
                () -> assertTrue(facts.userId() >= 0),
                () -> assertEquals(ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(-1L),
                        facts.parentPid()));
    }

    @Test
    void a_machine_without_any_of_the_files_leaves_all_of_it_out(@TempDir Path empty) {
        assertEquals(new ProcessInfo(7, null, null, -1, -1, null, null, null, null, null, null),
                ProcessFacts.read(empty, 7, Map.of()));
    }

    @Test
    void all_of_it_is_told_where_the_files_are_there(@TempDir Path root) throws IOException {
        write(root, "proc/self/status", """
                Name:\tjava
                Umask:\t0022
                Pid:\t7
                PPid:\t1
                Uid:\t1000\t1001\t1002\t1003
                Gid:\t1000\t1000\t1000\t1000
                """);
        write(root, "proc/self/cmdline", "java\0-jar\0my shop.jar\0\0");
        write(root, "proc/self/cgroup", "0::/kubepods.slice/kubepods-pod" + UID_IN_SLICE + ".slice/cri-containerd-" + ID
                + ".scope\n");
        write(root, "proc/1/cmdline", "/bin/sh\0-c\0exec java\nPID: 1\0");
        write(root, "var/run/secrets/kubernetes.io/serviceaccount/namespace", "shop\n");
        Files.createSymbolicLink(root.resolve("proc/self/exe"), Path.of("/opt/jdk/bin/java (deleted)"));
        assertEquals(new ProcessInfo(7, "/opt/jdk/bin/java", "java -jar my shop.jar", 1001,
                1, null, "/bin/sh -c exec java PID: 1", ID, "shop-5d8f", "shop", UID),
                ProcessFacts.read(root, 7, Map.of("HOSTNAME", "shop-5d8f")));
    }

    @Test
    void a_long_command_line_is_cut() {
        String cut = ProcessFacts.arguments("java\0-cp\0" + "x".repeat(100_000));
        assertEquals(ProcessFacts.LONGEST_ARGUMENTS, cut.length());
        assertTrue(cut.endsWith("x..."));
        String emoji = ProcessFacts.arguments("\ud83d\ude00".repeat(1000));
        assertEquals(emoji, new String(emoji.getBytes(UTF_8), UTF_8));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        "Uid:\\t0\\t0\\t0\\t0\\n                     | 0",
        "Uid:\\t1000\\t33\\t1000\\t1000\\n           | 33",
        "Uid:\\t1000\\n                              | -1",
        "Uid:\\tx\\ty\\n                             | -1",
        "Uid:                                        | -1",
        "-                                           | -1",
    })
    void the_user_is_the_effective_one(String status, int user) {
        assertEquals(user, ProcessFacts.effectiveUserId(status == null ? null : status.translateEscapes()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "docker, version 1                    | 12:pids:/docker/ID",
        "docker, version 2                    | 0::/system.slice/docker-ID.scope",
        "docker, hybrid                       | 2:cpu:/docker/ID\\n1:name=systemd:/docker/ID\\n0::/system.slice/containerd.service",
        "docker in docker                     | 5:memory:/docker/OTHER/docker/ID",
        "systemd inside docker                | 1:name=systemd:/docker/ID/init.scope",
        "containerd by ctr                    | 0::/default/ID",
        "containerd by nerdctl                | 0::/system.slice/nerdctl-ID.scope",
        "containerd, cgroupfs driver          | 11:cpuset:/kubepods/burstable/podUID/ID",
        "containerd, cgroupfs driver, best qos | 0::/kubepods/podUID/ID",
        "containerd, systemd driver           | 0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podSLICE.slice/cri-containerd-ID.scope",
        "containerd below its service         | 1:name=systemd:/system.slice/containerd.service/kubepods-besteffort-podSLICE.slice:cri-containerd:ID",
        "cri-o, systemd driver                | 0::/kubepods.slice/kubepods-podSLICE.slice/crio-ID.scope",
        "cri-o with a cgroup below            | 0::/kubepods.slice/kubepods-podSLICE.slice/crio-ID.scope/container",
        "podman as root                       | 0::/machine.slice/libpod-ID.scope",
        "podman without root                  | 0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope/container",
        "podman, cgroupfs driver              | 0::/libpod_parent/libpod-ID",
        "ECS                                  | 9:perf_event:/ecs/b2e3f0c2-0d1c-4b0c-8d5f-7d9e1a2b3c4d/ID",
        "a sibling in a private namespace     | 0::/../cri-containerd-ID.scope",
    })
    void a_container_shows_in_the_cgroup(String form, String cgroup) {
        assertEquals(ID, ContainerFacts.of(filled(cgroup), null).id(), form);
    }

    @Test
    void a_fargate_task_has_an_id_of_its_own_form() {
        String id = "1f2e3d4c5b6a79880f1e2d3c4b5a6978-1234567890";
        assertEquals(id, ContainerFacts.of("3:cpu:/ecs/1f2e3d4c5b6a79880f1e2d3c4b5a6978/" + id, null).id());
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {
        "", "0::/", "0::/user.slice/user-1000.slice/session-3.scope", "4:memory:/jobs/f6e3020b720ca2b980a6af81dd8b6310",
        "0::/init.scope", "0::/system.slice/ssh.service", "garbage", "::", "0::/kubepods/podnotauid/x",
        "0::/machine.slice/libpod-conmon-ID.scope", "0::/x/IDff", "0::/x/my-ID",
    })
    void nothing_else_is_taken_for_a_container(String cgroup) {
        assertEquals(new ContainerFacts(null, null), ContainerFacts.of(cgroup == null ? null : filled(cgroup), cgroup));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "docker                  | 820 800 254:1 /var/lib/docker/containers/ID/hostname /etc/hostname rw - ext4 /dev/vda1 rw",
        "docker on a volume      | 820 800 254:1 /docker/containers/ID/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda1 rw",
        "podman as root          | 9 8 0:25 /containers/storage/overlay-containers/ID/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw",
        "podman without root     | 9 8 0:63 /containers/overlay-containers/ID/userdata/.containerenv /run/.containerenv rw - tmpfs tmpfs rw",
        "its own before another's | 9 8 0:63 /x/overlay-containers/OTHER/userdata/resolv.conf /etc/resolv.conf rw - tmpfs t rw\\n10 8 0:63 /x/overlay-containers/ID/userdata/.containerenv /run/.containerenv rw - tmpfs t rw",
    })
    void in_a_private_cgroup_namespace_its_mounts_tell(String form, String mounts) {
        assertEquals(ID, ContainerFacts.of("0::/", filled(mounts)).id(), form);
    }

    @Test
    void a_layer_of_its_image_is_not_the_container() {
        assertNull(ContainerFacts.of("0::/", filled("1 2 0:50 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/ID"
                + "/diff\n3 2 8:1 /var/lib/docker/volumes/ID/_data /data rw - ext4 /dev/sda1 rw")).id());
    }

    @Test
    void the_host_is_not_taken_for_one_of_the_containers_it_runs() {
        assertNull(ContainerFacts.of("0::/user.slice", filled("36 30 0:32 / /var/lib/docker/containers/ID/mounts/shm rw - "
                + "tmpfs shm rw")).id());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "cgroupfs driver      | 11:cpuset:/kubepods/burstable/podUID/ID |",
        "systemd driver       | 0::/kubepods.slice/kubepods-burstable-podSLICE.slice/crio-ID.scope |",
        "containerd's service | 1:a:/system.slice/kubepods-podSLICE.slice:cri-containerd:ID |",
        "only its mounts      | 0::/ | 9 8 8:1 /var/lib/kubelet/pods/UID/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw",
    })
    void a_pod_shows_in_cgroup_or_mounts(String form, String cgroup, String mounts) {
        assertEquals(UID, ContainerFacts.of(filled(cgroup), mounts == null ? null : filled(mounts)).podUid(), form);
    }

    @Test
    void a_static_pod_is_named_by_a_hash() {
        assertEquals("0123456789abcdef0123456789abcdef", ContainerFacts.of(
                "0::/kubepods/burstable/pod0123456789abcdef0123456789abcdef/" + ID, null).podUid());
    }

    @Test
    void the_sandbox_of_a_pod_is_not_its_container() {
        ContainerFacts facts = ContainerFacts.of("0::/", filled("""
                9 8 8:1 /var/lib/kubelet/pods/UID/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw
                10 8 0:25 /containers/storage/overlay-containers/ID/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw
                """));
        assertEquals(new ContainerFacts(null, UID), facts);
    }

    @Test
    void what_the_downward_api_says_of_the_pod_counts_first() {
        Map<String, String> environment = Map.of("POD_NAME", "a", "POD_NAMESPACE", "b", "HOSTNAME", "c");
        assertEquals(new ProcessFacts.Pod("a", "b"), ProcessFacts.pod(UID, environment, "d\n", null, "e"));
    }

    @Test
    void without_the_downward_api_the_host_name_is_the_pods() {
        assertEquals(new ProcessFacts.Pod("c", "d"), ProcessFacts.pod(UID, Map.of("HOSTNAME", "c"), "d\n", null, "e"));
        assertEquals(new ProcessFacts.Pod("e", null), ProcessFacts.pod(UID, Map.of(), null,
                "# Kubernetes-managed hosts file.\n127.0.0.1 localhost\n", "e\n"));
    }

    @Test
    void on_the_nodes_network_the_host_name_is_the_nodes() {
        assertEquals(new ProcessFacts.Pod(null, "d"), ProcessFacts.pod(UID, Map.of("HOSTNAME", "node-1"), "d",
                "# Kubernetes-managed hosts file (host network).\n", "node-1"));
    }

    @Test
    void outside_a_pod_the_host_name_means_nothing() {
        assertEquals(new ProcessFacts.Pod(null, null), ProcessFacts.pod(null, Map.of("HOSTNAME", "c"), null, null, "e"));
    }

    private static String filled(String form) {
        return form.translateEscapes().replace("OTHER", OTHER).replace("SLICE", UID_IN_SLICE).replace("UID", UID)
                .replace("ID", ID);
    }

    private static void write(Path root, String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
