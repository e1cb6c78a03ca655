package dev.netflight.model;

/**
 * A process that is captured. Strings are {@code null} and numbers -1 where the fact is not known.
 *
 * @param pid         process id in the JVM's own PID namespace
 * @param command     path of the executable
 * @param arguments   command line, blank-separated, without the executable's path replaced
 * @param userId      effective user id
 * @param parentPid   parent's process id
 * @param parentCommand path of the parent's executable
 * @param parentArguments parent's command line
 * @param containerId container id as the runtime names it, without prefix
 * @param podName     Kubernetes pod
 * @param podNamespace its namespace
 * @param podUid      its UID
 */
public record ProcessInfo(
        int pid, String command, String arguments, int userId,
        int parentPid, String parentCommand, String parentArguments,
        String containerId, String podName, String podNamespace, String podUid) {}
