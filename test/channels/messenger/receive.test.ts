import { testExamples } from "../examples.ts";

testExamples("messenger");
