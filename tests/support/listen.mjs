/** Serves on a free port of this machine until `close`. @param {import('node:http').Server} server */
export async function listen(server) {
  await new Promise((resolve) => { server.listen(0, 'localhost', resolve); });
  return {
    origin: `http://localhost:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
