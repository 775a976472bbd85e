/**
 * A thread of the tower: instantiates the caller's module in the caller's memory and serves it until the tower
 * stops its threads. It says 'loaded' when it can listen, 'ready' before and 'done' after.
 */
import { host } from '../platform.js';
import { Instance } from './module.js';

host.listen(async ({ module, seat }) => {
  const { exports } = await Instance.create(module, seat.memory);
  exports.__stack_pointer.value = seat.stack;
  host.post('ready');
  exports.tower_thread_main(seat.tower, seat.index);
  host.post('done');
});
host.post('loaded');
