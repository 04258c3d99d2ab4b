/** Says once a run which Node runs the tests; the workers are started with the same binary. */
export default function printNodeVersion(): void {
  console.log(`process.version ${process.version} (${process.execPath})`);
}
