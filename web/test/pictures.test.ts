import assert from "node:assert/strict";
import { test } from "node:test";
import { setup } from "./setup";

test("the camera is shown and taken away in mid-call", async () => {
  const { phone, talk, camera } = setup();
  const leg = await talk("1002");
  const call = phone.current.value!;
  await phone.pictures.toggle(call, "camera");
  assert.equal(call.showing.value, "camera");
  assert.ok(call.mine.value);
  await phone.pictures.toggle(call, "camera");
  assert.equal(call.showing.value, "nothing");
  assert.equal(call.mine.value, null);
  assert.equal(camera.opened[0]!.readyState, "ended");
  assert.deepEqual(leg.asked, ["show", "hide"]);
});

test("the screen takes the camera's place, and the bar of the browser ends it", async () => {
  const { phone, talk, camera } = setup();
  const leg = await talk("1002");
  const call = phone.current.value!;
  await phone.pictures.toggle(call, "camera");
  await phone.pictures.toggle(call, "screen");
  assert.equal(call.showing.value, "screen");
  assert.equal(camera.opened[0]!.readyState, "ended");
  camera.opened[1]!.end();
  assert.equal(call.showing.value, "nothing");
  assert.deepEqual(leg.asked, ["show", "show", "hide"]);
});

test("nothing is shown while the other side is being told that the screen is gone", async () => {
  const { phone, talk, camera } = setup();
  const leg = await talk("1002");
  const call = phone.current.value!;
  await phone.pictures.toggle(call, "screen");
  const show = leg.show.bind(leg);
  let told = () => {};
  leg.show = async (picture) => {
    await new Promise<void>((resolve) => (told = resolve));
    return show(picture);
  };
  camera.opened[0]!.end();
  assert.ok(call.changing.value);
  await phone.pictures.toggle(call, "camera");
  assert.equal(camera.opened.length, 1);
  leg.show = show;
  told();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!call.changing.value);
  await phone.pictures.toggle(call, "camera");
  assert.equal(call.showing.value, "camera");
  assert.deepEqual(leg.asked, ["show", "hide", "show"]);
});

test("a picture that the other side does not take is closed, and that is said", async () => {
  const { phone, talk, camera } = setup();
  const leg = await talk("1002");
  leg.takesPictures = false;
  const call = phone.current.value!;
  await phone.pictures.toggle(call, "camera");
  assert.equal(call.showing.value, "nothing");
  assert.equal(camera.opened[0]!.readyState, "ended");
  assert.equal(phone.notice.value?.title, "No picture");
  assert.ok(call.talking.value);
});

test("a call begins with a picture, or without one where there is no camera", async () => {
  const a = setup();
  await a.phone.dial("1002", { camera: true });
  assert.deepEqual(a.engine.calls[0]!.asked, ["picture"]);
  a.engine.calls[0]!.shown = true;
  a.engine.calls[0]!.events!.connected();
  assert.equal(a.phone.current.value!.showing.value, "camera");
  const b = setup({ cameraError: "NotFoundError" });
  await b.phone.dial("1002", { camera: true });
  assert.deepEqual(b.engine.calls[0]!.asked, []);
  assert.equal(b.phone.notice.value?.title, "No camera found");
});

test("a call that was answered without video says so and closes the camera", async () => {
  const { phone, engine, camera } = setup();
  await phone.dial("1002", { camera: true });
  engine.calls[0]!.events!.connected();
  assert.equal(phone.current.value!.showing.value, "nothing");
  assert.equal(camera.opened[0]!.readyState, "ended");
  assert.equal(phone.notice.value?.title, "A call without video");
});

test("an incoming call is answered with a picture when that is asked", async () => {
  const { phone, engine } = setup();
  const leg = engine.ring("1002");
  await phone.answer(phone.incoming.value[0], { camera: true });
  leg.shown = true;
  leg.events!.connected();
  assert.equal(phone.current.value!.showing.value, "camera");
});

test("nothing is left open when the call ends", async () => {
  const { phone, talk, camera } = setup();
  const leg = await talk("1002");
  const call = phone.current.value!;
  leg.events!.picture({} as MediaStream);
  await phone.pictures.toggle(call, "screen");
  leg.end({ by: "them" });
  assert.equal(camera.opened[0]!.readyState, "ended");
  assert.equal(call.mine.value, null);
  assert.equal(call.theirs.value, null);
});

test("a person who does not pick a screen is told nothing", async () => {
  const { phone, talk } = setup({ cameraError: "NotAllowedError" });
  await talk("1002");
  await phone.pictures.toggle(phone.current.value!, "screen");
  assert.equal(phone.notice.value, null);
});
