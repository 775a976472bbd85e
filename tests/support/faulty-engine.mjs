/**
 * Loaded into a worker before the library (see watched-workers.mjs): puts a fault into the engine there. PERCEPT_FAULT
 * names it as `function:number`: that call of an exported function, counted from 1, traps, as C does where it reads
 * outside of its memory; with `memory:number` that WebAssembly.Memory is refused; with `null:function` the function
 * answers that there is no memory, always; with `clock:step` each look at the clock finds it moved by so many milliseconds;
 * with `background` nothing can be compiled but in the worker's own thread.
 */
const [kind, detail] = (process.env.PERCEPT_FAULT ?? '').split(':');

/** (module (func (export "trap") unreachable)) */
const TRAP = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1, 3, 0, 0, 11]);

const { instantiate, Memory } = WebAssembly;
let count = 0;

if (kind === 'memory') {
  WebAssembly.Memory = class extends Memory {
    constructor(options) {
      count += 1;
      if (count === Number(detail)) throw new RangeError('could not allocate memory');
      super(options);
    }
  };
} else if (kind === 'clock') {
  let time = 1e12;
  Object.assign(performance, { now: () => (time += Number(detail)) });
  Date.now = performance.now;
} else if (kind === 'background') {
  const refuse = async () => { throw new Error('compiled in the background'); };
  WebAssembly.compile = refuse;
  WebAssembly.compileStreaming = refuse;
  WebAssembly.instantiateStreaming = refuse;
  WebAssembly.instantiate = (given, imports) => (given instanceof WebAssembly.Module ? instantiate(given, imports) : refuse());
} else if (kind) {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(TRAP));
  WebAssembly.instantiate = async (...given) => {
    const { exports } = await instantiate(...given);
    const name = kind === 'null' ? detail : kind;
    if (!(name in exports)) return { exports };
    const faulty = (...values) => {
      if (kind === 'null') return 0;
      count += 1;
      if (count === Number(detail)) instance.exports.trap();
      return exports[name](...values);
    };
    return { exports: { ...exports, [name]: faulty } };
  };
}
