/** A thread of the tower: instantiates the caller's module in the caller's memory and serves it. */
import { host } from '../platform.js';
import { Instance } from './module.js';

host.listen(async ({ module, seat }) => {
  const { exports } = await Instance.create(module, seat.memory);
  exports.__stack_pointer.value = seat.stack;
  host.post('ready');
  exports.tower_thread_main(seat.tower, seat.index);
});
