/** A payload of Node's streams. */
interface NodePayload {
  once(event: 'error', listener: (error: unknown) => void): unknown;
}

const isNodePayload = (payload: unknown): payload is NodePayload =>
  typeof (payload as NodePayload | null)?.once === 'function';

/** Calls `onFailure` if a payload fails while it is being sent; fastify tells nobody but its own log. */
export function watchPayload(payload: unknown, onFailure: (error: unknown) => void): void {
  const body = payload instanceof Response ? payload.body : payload;
  if (body instanceof ReadableStream) watchWebStream(body, onFailure);
  else if (isNodePayload(payload)) payload.once('error', onFailure);
}

/** A web stream tells its failure to whoever holds its reader, and to nobody else. */
function watchWebStream(stream: ReadableStream, onFailure: (error: unknown) => void): void {
  const getReader = stream.getReader.bind(stream) as () => ReadableStreamDefaultReader;
  Object.defineProperty(stream, 'getReader', {
    value: () => {
      const reader = getReader();
      reader.closed.catch(onFailure);
      return reader;
    },
  });
}
