//! The self-test on this machine.

#[test]
fn five_images_have_the_expected_logits() {
    let mut memory = Box::new(@CRATE@::Memory::new());
    let mut image = vec![0; @CRATE@::IMAGE_BYTES];
    let image = image.as_mut_slice().try_into().unwrap();
    assert_eq!(@CRATE@::selftest(&mut memory, image), Ok(()));
}
