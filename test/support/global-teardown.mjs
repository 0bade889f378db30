export default async function teardown() {
  await globalThis.eggySharedServers?.stop();
}
