/**
 * Keeps ONNX Runtime to itself. From release 1.29 on its official builds for Linux and macOS send Microsoft what sessions
 * are made and run: names and hashes of models among it. What is not sent yet, and an id of the machine, lie under the user's
 * home. This variable, set before its library is loaded, is the one way to have none of it; its binding for Node has
 * no call for that. It must be the environment of the process: a worker thread has a copy, which C++ does not see. So it is
 * set where all threads are started from, the first of which the main thread starts. An operator who sets it to something else has that.
 *
 * On Windows ONNX Runtime hands events to the system's own tracing, which sends them as its user has allowed.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';
